/** Reading and writing baseline files. */
import { rename, writeFile } from 'node:fs/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { explainIssue } from '../config/issues.ts'
import { inputSchema } from '../config/keys.ts'
import { ModeltapError } from '../errors.ts'
import { readBounded } from '../lib/bounded-read.ts'
import { type Baseline, BASELINE_FORMAT, BASELINE_FORMAT_VERSIONS } from './baseline.ts'
import { joinColumns, splitColumns } from './file-columns.ts'
import { baselineSchema } from './schema.ts'

/** Maximum findings in a message; a list of hundreds of columns would not be readable. */
const MOST_FINDINGS = 10

const MAKE_ANEW =
  'Make one with `modeltap baseline build`; the format is described in docs/baseline-format.md.'

/**
 * Decided by the file name, as for all input files. A ConfigMap holds 1 MiB, enough for hundreds of columns compressed.
 */
const isPacked = (path: string): boolean => path.endsWith('.gz')
/** Maximum size of an uncompressed baseline; a numeric column has about 5 KiB. */
const MOST_BYTES = 256 * 1_024 * 1_024

/**
 * Reads and validates a baseline file, compressed with gzip when its name ends in `.gz`.
 *
 * @throws ModeltapError BASELINE_UNREADABLE or BASELINE_INVALID, the latter with the path of each wrong value
 */
export async function loadBaseline(path: string): Promise<Baseline> {
  let text: string
  try {
    const bytes = readBounded(path, MOST_BYTES)
    text = (isPacked(path) ? gunzipSync(bytes, { maxOutputLength: MOST_BYTES }) : bytes).toString()
  } catch (cause) {
    throw new ModeltapError('BASELINE_UNREADABLE', {
      message: `the baseline file "${path}" cannot be read: ${(cause as Error).message}`,
      hint: 'Give baseline.file the path of a readable file, or leave it out: modeltap then learns a baseline from the first rows.',
      cause,
    })
  }
  return parseBaseline(text, path)
}

/**
 * @param path for the messages
 * @throws ModeltapError BASELINE_INVALID
 */
export function parseBaseline(text: string, path: string): Baseline {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (cause) {
    const message = `${path} is not JSON: ${(cause as Error).message}`
    throw new ModeltapError('BASELINE_INVALID', { message, hint: MAKE_ANEW, cause })
  }
  const wrongKind = kindProblem(content)
  if (wrongKind !== undefined) {
    throw new ModeltapError('BASELINE_INVALID', { message: `${path}: ${wrongKind}`, hint: MAKE_ANEW })
  }
  const result = baselineSchema.safeParse(content, { reportInput: true })
  if (result.success) return splitColumns(result.data)
  const schema = inputSchema(baselineSchema)
  const findings = result.error.issues.map((issue) => `${path}: ${explainIssue(issue, [], schema)}`)
  const more = findings.length - MOST_FINDINGS
  const message = [...findings.slice(0, MOST_FINDINGS), ...(more > 0 ? [`… and ${more} more`] : [])].join(
    '\n',
  )
  throw new ModeltapError('BASELINE_INVALID', { message, hint: MAKE_ANEW })
}

/** Reported alone: a file of another kind or version cannot be expected to match otherwise. */
function kindProblem(content: unknown): string | undefined {
  const { format, formatVersion } = (content ?? {}) as { format?: unknown; formatVersion?: unknown }
  if (format !== BASELINE_FORMAT) {
    return `format: ${JSON.stringify(format) ?? 'missing'} is not allowed. Allowed: ${BASELINE_FORMAT}`
  }
  if (!BASELINE_FORMAT_VERSIONS.some((version) => version === formatVersion)) {
    const found = JSON.stringify(formatVersion) ?? 'missing'
    return `formatVersion: ${found} is not allowed. Allowed: ${BASELINE_FORMAT_VERSIONS.join(', ')}`
  }
  return undefined
}

/** Text of a baseline file, with one line for each column, so that diffs are readable. */
export function renderBaseline(baseline: Baseline): string {
  const { columns, ...head } = joinColumns(baseline)
  const opening = JSON.stringify(head, undefined, 2).slice(0, -2)
  const lines = columns.map((column) => `    ${JSON.stringify(column)}`)
  return `${opening},\n  "columns": [\n${lines.join(',\n')}\n  ]\n}\n`
}

/**
 * Writes the file atomically, compressed when its name ends in `.gz`: readers see the old file until it is complete.
 */
export async function saveBaseline(baseline: Baseline, path: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  const text = renderBaseline(baseline)
  try {
    await writeFile(temporary, isPacked(path) ? gzipSync(text) : text)
    await rename(temporary, path)
  } catch (cause) {
    throw new ModeltapError('OUTPUT_UNWRITABLE', {
      message: `${path} cannot be written: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`,
      hint: 'Give a path in a directory that exists and that you may write to.',
      cause,
    })
  }
}
