/** The keys of `tail`. */
import { z } from 'zod'
import { byteSizeOption, durationOption, intervalOption } from '../config/primitives.ts'
import { selectionOption, selectorOption } from '../protocols/options.ts'
import { LATENCY_UNIT_MS, type LatencyUnit } from './latency-unit.ts'
import { compileLinePattern } from './line-pattern.ts'

export const TAIL_FORMATS = ['jsonl', 'json', 'common', 'combined', 'auto'] as const
/** A poll of files costs little. */
const SHORTEST_POLL_MS = 10
export type TailFormat = (typeof TAIL_FORMATS)[number]

const fieldOption = (what: string) => selectorOption().optional().describe(what)

/** Positions of the fields in a JSON line; `modeltap replay` uses it too. */
export const fieldsOptions = z.strictObject({
  timestamp: fieldOption(
    'JSONPath of the time stamp, in ISO 8601 or as a number since 1970. Default: $.timestamp',
  ),
  id: fieldOption(
    'JSONPath of an id that joins two lines of one prediction, one with the features and one with the predictions. Default: each line is complete',
  ),
  model: fieldOption('JSONPath of the model name. Default: $.model'),
  version: fieldOption('JSONPath of the model version. Default: $.version'),
  label: fieldOption('JSONPath of the label of the prediction in the same line (docs/outcomes.md)'),
  features: selectionOption()
    .optional()
    .describe(
      'Location of the features in a line: one JSONPath, or a map from column name to JSONPath. Default: $.features, or in a flat line every key without another meaning',
    ),
  predictions: selectionOption()
    .optional()
    .describe(
      'Location of the predictions in a line, in the same form. Default: $.predictions or $.prediction, or in a flat line every key that begins with prediction',
    ),
  latency: fieldOption('JSONPath of the latency of the call, in tail.latencyUnit. Default: $.latency'),
  status: fieldOption(
    'JSONPath of the HTTP status. Default: $.status. Lines without a status count as successes',
  ),
  method: fieldOption('JSONPath of the HTTP method, for format json. Default: $.method'),
  path: fieldOption('JSONPath of the request path, for format json. Default: $.path'),
  requestBytes: fieldOption('JSONPath of the size of the request body, in bytes'),
  responseBytes: fieldOption('JSONPath of the size of the response body, in bytes'),
})
export type FieldsOptions = z.output<typeof fieldsOptions>

function checkPattern(pattern: string, context: z.RefinementCtx): void {
  const compiled = compileLinePattern(pattern)
  if ('problem' in compiled)
    context.addIssue({
      code: 'custom',
      message: `is not a valid RE2 regular expression: ${compiled.problem}`,
    })
}

export const tailOptions = z.strictObject({
  files: z
    .array(z.string().min(1))
    .default([])
    .describe('Log files to tail, as paths or globs, such as /var/log/model/*.jsonl. Off when empty.'),
  format: z
    .enum(TAIL_FORMATS)
    .default('jsonl')
    .describe(
      'Format of a line: jsonl are predictions; json, common and combined are access logs, of which only traffic is counted; auto asks each line (JSON, also behind a logger’s prefix, logfmt, access logs, BentoML’s monitoring log). Logs of containers (Kubernetes, Docker) are unwrapped in any format.',
    ),
  pattern: z
    .string()
    .min(1)
    .superRefine(checkPattern)
    .optional()
    .describe(
      'Regular expression (RE2) with named groups, such as age=(?P<age>\\d+) score=(?P<prediction>\\S+): each group is a member of the line, read as a line of JSON would be. Instead of format.',
    ),
  fields: fieldsOptions.prefault({}).describe('Where a line in JSON holds what.'),
  latencyUnit: z
    .enum(Object.keys(LATENCY_UNIT_MS) as [LatencyUnit, ...LatencyUnit[]])
    .default('s')
    .describe('Unit of the latencies in the lines.'),
  from: z
    .enum(['beginning', 'end'])
    .default('end')
    .describe(
      'Start position in files that exist at the first start. modeltap reads files that appear later from their beginning, and continues known files where it stopped (state.directory).',
    ),
  interval: intervalOption(SHORTEST_POLL_MS)
    .prefault('500ms')
    .describe('Polling interval for new lines and new files (duration).'),
  maxAge: durationOption()
    .optional()
    .describe(
      'Maximum age of a line by its time stamp (duration). modeltap skips older lines and counts them (too-old). Off when absent.',
    ),
  maxLineBytes: byteSizeOption()
    .prefault('1MiB')
    .describe('Maximum length of a line. modeltap skips longer lines and counts them (too-long).'),
  maxFiles: z
    .int()
    .min(1)
    .max(10_000)
    .default(64)
    .describe('Maximum number of files to tail at once. Further files wait, and modeltap counts them.'),
})
export type TailOptions = z.output<typeof tailOptions>
