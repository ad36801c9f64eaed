/** `modeltap explain-payload`: shows offline how a route's bodies are read. Prints names and types, never values. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { stringify } from 'yaml'
import { requestValue, responseValue } from '../calls/body-value.ts'
import { createCall } from '../calls/call.ts'
import { isRecordingPath } from '../calls/recording-path.ts'
import { shapeOf } from '../calls/route-learner.ts'
import { foldPath } from '../calls/route-path.ts'
import { configurationFor, leftOutOf } from '../calls/route-report.ts'
import { WITHOUT_ROWS_MEANING } from '../calls/without-rows.ts'
import { ModeltapError } from '../errors.ts'
import { systemClock } from '../lib/clock.ts'
import type { Exchange, Message } from '../observe/exchange.ts'
import { isAdministrativePath } from '../protocols/administration.ts'
import { type Decoding, decodingOf } from '../protocols/decoding.ts'
import { guess } from '../protocols/guess.ts'
import { recognise } from '../protocols/index.ts'
import { RecordBatch } from '../records/record-batch.ts'
import { learn, type Sample, type Structure } from '../records/structure/learn.ts'
import { StructurePlan } from '../records/structure/plan.ts'
import { addConfigFlags } from './config-flag.ts'
import { loadFromFlags } from './configuration.ts'
import { addExamples } from './examples.ts'
import { print } from './print.ts'

interface ExplainFlags {
  readonly request: string
  readonly response: string
  readonly path: string
  readonly method: string
  readonly contentType: string
  readonly config?: string
}

/** Maximum exchanges in one pair of files. */
const MAX_EXCHANGES = 1_000

export function registerExplainPayload(program: Command): void {
  const command = program
    .command('explain-payload')
    .description(
      'say how a request and its response are read, what is left out and why, and what to configure',
    )
    .requiredOption('--request <file>', 'a request body; several in a file that ends in .jsonl, one a line')
    .requiredOption('--response <file>', 'its response body, or as many of them')
    .option('--path <path>', 'path that the request was sent to', '/predict')
    .option('--method <method>', 'method that it was sent with', 'POST')
    .option('--content-type <type>', 'content type of the request', 'application/json')
  addConfigFlags(command).action(explain)
  addExamples(command, [
    'modeltap explain-payload --request request.json --response response.json --path /score',
    'modeltap explain-payload --request requests.jsonl --response responses.jsonl',
  ])
}

function explain(flags: ExplainFlags): void {
  const { config } = loadFromFlags(flags)
  const requests = bodiesIn(flags.request)
  const responses = bodiesIn(flags.response)
  if (requests.length !== responses.length)
    throw new ModeltapError('INPUT_INVALID', {
      message: `${flags.request} has ${requests.length} bodies and ${flags.response} has ${responses.length}`,
      hint: 'Each request needs its response: one body in each file, or as many lines in two files that end in .jsonl.',
    })
  const exchanges = requests.map((request, index) =>
    exchangeOf(flags, request, responses[index] ?? Buffer.alloc(0)),
  )
  const decoding = decodingOf(config, { maxBodyBytes: config.limits.bodyBytes })
  print(explanation(exchanges, decoding, config.limits.features))
}

/** The printed text. */
export function explanation(exchanges: readonly Exchange[], decoding: Decoding, maxColumns: number): string {
  const [first] = exchanges
  if (first === undefined) return 'No exchange was given.'
  const path = first.target.split('?', 1)[0] ?? '/'
  const rule = decoding.routes?.find(
    ({ matches, method }) => matches(path) && (method ?? first.method) === first.method,
  )
  if (rule?.ignore === true)
    return `${first.method} ${path} is ignored by the configuration (routes, ${rule.path}).`
  if (isAdministrativePath(path))
    return `${first.method} ${path} is not read: ${WITHOUT_ROWS_MEANING.administration}.`
  const settings = rule?.settings ?? decoding.settings
  const call = createCall(first, settings)
  const match = recognise(call, decoding.protocols)
  const batch = new RecordBatch(maxColumns)
  if (match?.protocol !== undefined && match.protocol !== guess) {
    const result = match.protocol.decode(call, batch)
    const failure = result === undefined ? [] : [`not read: ${result.failure}`]
    return [
      `${first.method} ${path} is read by the protocol ${match.protocol.name}.`,
      ...columnsOf(batch),
      ...failure,
    ].join('\n')
  }
  const samples: Sample[] = []
  for (const exchange of exchanges) {
    const each = createCall(exchange, settings)
    const [request, response] = [requestValue(each), responseValue(each)]
    for (const [side, parsed] of [
      ['request', request],
      ['response', response],
    ] as const)
      if ('failure' in parsed)
        return `The ${side} cannot be read: ${parsed.failure}. Say what it is with --content-type.`
    if ('value' in request && 'value' in response)
      samples.push({ request: request.value, response: response.value })
  }
  const structure = learn(samples, {
    nowEpochMs: systemClock.epochMs(),
    maxColumns,
    needsAnswer: isRecordingPath(path),
  })
  return [
    ...understood(structure, first.method, path, samples, batch),
    ...leftOut(structure),
    '',
    ...shapes(samples),
    '',
    'To read it in another way, paste this into the configuration and change it:',
    '',
    stringify({ routes: [configurationFor(foldPath(path), structure)] }).trimEnd(),
  ].join('\n')
}

function understood(
  structure: Structure,
  method: string,
  path: string,
  samples: readonly Sample[],
  batch: RecordBatch,
): string[] {
  const of = samples.length === 1 ? 'one exchange; more of them decide better' : `${samples.length} exchanges`
  if (!structure.isPrediction)
    return [`${method} ${path} gives no rows: ${WITHOUT_ROWS_MEANING.no_prediction}. Judged by ${of}.`]
  const [sample] = samples
  new StructurePlan(structure).read({ value: sample?.request }, { value: sample?.response }, batch)
  return [`${method} ${path} is understood from ${of}.`, ...columnsOf(batch)]
}

function columnsOf({ rows, features, predictions }: RecordBatch): string[] {
  const names = (columns: readonly { readonly name: string }[]): string =>
    columns.length === 0 ? 'none' : columns.map(({ name }) => name).join(', ')
  return [
    `rows in the first exchange: ${rows}`,
    `features: ${names(features.columns)}`,
    `predictions: ${names(predictions.columns)}`,
  ]
}

function leftOut(structure: Structure): string[] {
  const members = leftOutOf(structure)
  if (members.length === 0) return []
  return ['left out:', ...members.map(({ side, path, why }) => `  ${side} ${path}: ${why}`)]
}

function shapes(samples: readonly Sample[]): string[] {
  const { request, response } = shapeOf(samples)
  return [`request:  ${JSON.stringify(request)}`, `response: ${JSON.stringify(response)}`]
}

function bodiesIn(file: string): Buffer[] {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (cause) {
    throw new ModeltapError('INPUT_UNREADABLE', {
      message: `${file} cannot be read: ${(cause as Error).message}`,
      hint: 'Give a file with the body as it was sent.',
      cause,
    })
  }
  if (!file.endsWith('.jsonl')) return [bytes]
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, MAX_EXCHANGES)
    .map((line) => Buffer.from(line))
}

function exchangeOf(
  { path, method, contentType }: ExplainFlags,
  request: Buffer,
  response: Buffer,
): Exchange {
  return {
    connection: 0,
    wireProtocol: 'http/1.1',
    method: method.toUpperCase(),
    target: path,
    status: 200,
    grpcStatus: undefined,
    outcome: 'success',
    request: message(request, contentType),
    response: message(response, contentType.includes('msgpack') ? contentType : 'application/json'),
  }
}

function message(body: Buffer, contentType: string): Message {
  const header = (name: string): string | undefined => (name === 'content-type' ? contentType : undefined)
  return { header, body, bodyBytes: body.length, truncated: false, firstByteMs: 0, lastByteMs: 0 }
}
