/**
 * Puts the calls of one shape through observer's output, pipeline, baseline and exposition, as the analysis thread does,
 * and says what became of them: rows, columns, alarms, and all text that anybody can read.
 */
import { idleSources } from '../../bench/micro/idle-sources.ts'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import { ModelRegistry } from '../../src/analysis/model-registry.ts'
import { Pipeline } from '../../src/analysis/pipeline.ts'
import type { RouteReport } from '../../src/calls/route-report.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createExposition } from '../../src/exposition/exposition.ts'
import { emptySelfSnapshot } from '../../src/instruments/self-snapshot.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import type { Exchange, Message } from '../../src/observe/exchange.ts'
import { decodingOf } from '../../src/protocols/decoding.ts'
import { routeReports } from '../../src/worker/routes.ts'
import { Generator, type Shape } from './generate.ts'

export interface ShapeRun {
  /** Calls whose rows are not those of the shape. */
  readonly wrongRows: number
  readonly calls: number
  readonly features: readonly string[]
  readonly predictions: readonly string[]
  /** Columns that are compared with a baseline. */
  readonly scored: { readonly features: readonly string[]; readonly predictions: readonly string[] }
  readonly alarms: readonly string[]
  /** Whatever an output shows: the exposition, the routes and the baseline's state. */
  readonly outputs: string
  readonly routes: readonly RouteReport[]
  readonly privateValues: readonly string[]
  readonly bugs: readonly unknown[]
}

export interface RunOptions {
  readonly config?: Readonly<Record<string, unknown>>
  readonly learningRows?: number
  readonly liveRows?: number
  readonly seed?: number
}

/** Rows arrive so fast that minutes of traffic are over in a moment of the test. */
const CALL_MS = 500

export async function runShape(
  shape: Shape,
  { config: options = {}, learningRows = 1000, liveRows = 1000, seed = 7 }: RunOptions = {},
): Promise<ShapeRun> {
  const start = Date.UTC(2026, 4, 4)
  const clock = new ManualClock(start)
  const { config } = loadConfig({
    environment: {},
    flags: {
      upstream: '127.0.0.1:1',
      baseline: { learn: { rows: learningRows, minDuration: '1ms' } },
      windows: ['12h'],
      ...options,
    },
  })
  const registry = new ModelRegistry({
    options: config,
    clock,
    loadedBaseline: undefined,
    onEvent: () => undefined,
  })
  let rows = 0
  const features = new Set<string>()
  const predictions = new Set<string>()
  const bugs: unknown[] = []
  const exposition = createExposition({
    metrics: config.metrics,
    otlp: config.otlp,
    sources: () => ({
      ...idleSources(),
      snapshot: { takenEpochMs: clock.epochMs(), models: registry.snapshot() },
      self: { ...emptySelfSnapshot, exchangesWithoutRows: pipeline.withoutRows },
    }),
    clock,
    logger: silentLogger,
  })
  const pipeline = new Pipeline({
    decoding: decodingOf(config, { maxBodyBytes: config.limits.bodyBytes, findMetadata: undefined }),
    labels: new ModelLabels(config.limits.models, { model: undefined, version: undefined }),
    maxColumns: config.limits.features,
    nowMs: clock.monotonicMs,
    routes: { nowEpochMs: clock.epochMs },
    onRecognised: (recognised) => exposition.recorder.recordExchange(recognised),
    onRows: ({ model, version }, protocol, batch) => {
      rows += batch.rows
      for (const { name } of batch.features.columns) features.add(name)
      for (const { name } of batch.predictions.columns) predictions.add(name)
      registry.monitor(model, version, protocol).accept(batch)
    },
    onDecodeFailure: () => undefined,
    onDroppedColumns: () => undefined,
    onBug: (error) => bugs.push(error),
  })
  const generator = new Generator(shape, seed)
  const privateValues = new Set<string>()
  let wrongRows = 0
  let calls = 0
  let total = 0
  const accept = (): void => {
    clock.advance(CALL_MS)
    const drawn = generator.draw(clock.epochMs())
    for (const value of valuesNamed([drawn.request, drawn.response], shape.expect.private))
      privateValues.add(value)
    const before = rows
    pipeline.accept(exchangeOf(shape, drawn, clock.monotonicMs()))
    calls += 1
    total += drawn.rows
    // The first calls wait for the decision and come with it.
    const isDue = calls === 32 ? rows === total : calls > 32 ? rows - before === drawn.rows : true
    if (!isDue) wrongRows += 1
  }
  while (total < learningRows + 40 * Math.max(1, total / Math.max(calls, 1)) || calls < 40) accept()
  const learned = total
  while (total < learned + liveRows) accept()
  const models = registry.snapshot()
  const columns = models.flatMap((model) => model.columns)
  const scored = (role: string): string[] =>
    columns
      .filter((column) => column.role === role && column.windows.some(({ scores }) => scores.length > 0))
      .map(({ name }) => name)
  const routes = routeReports(pipeline)
  return {
    wrongRows,
    calls,
    features: [...features],
    predictions: [...predictions],
    scored: { features: scored('feature'), predictions: scored('prediction') },
    alarms: columns.flatMap(({ name, windows }) =>
      windows.flatMap(({ scores }) =>
        scores
          .filter(({ value, threshold }) => value > threshold)
          .map(
            ({ statistic, value, threshold }) =>
              `${name} ${statistic} ${value.toFixed(3)} > ${threshold.toFixed(3)}`,
          ),
      ),
    ),
    outputs: [await exposition.render('text'), JSON.stringify(routes), JSON.stringify(models)].join('\n'),
    routes,
    privateValues: [...privateValues],
    bugs,
  }
}

/** The texts of all members of that name, wherever they are. */
function* valuesNamed(node: unknown, names: readonly string[], key = ''): globalThis.Generator<string> {
  const isNamed = names.some((name) => name === key || name.endsWith(`.${key}`))
  if (typeof node === 'string') {
    if (isNamed && node.length > 3) yield node
  } else if (Array.isArray(node)) for (const element of node) yield* valuesNamed(element, names, key)
  else if (typeof node === 'object' && node !== null)
    for (const [member, value] of Object.entries(node)) yield* valuesNamed(value, names, member)
}

function exchangeOf(
  shape: Shape,
  {
    path,
    request,
    response,
  }: { readonly path: string; readonly request: unknown; readonly response: unknown },
  nowMs: number,
): Exchange {
  const { body, target, contentType } = requestOf(shape, path, request)
  return {
    connection: 1,
    wireProtocol: 'http/1.1',
    method: shape.method,
    target,
    status: 200,
    grpcStatus: undefined,
    outcome: 'success',
    request: message(body, contentType, nowMs - 20),
    response: message(Buffer.from(JSON.stringify(response)), 'application/json', nowMs),
  }
}

function requestOf(
  { contentType, method }: Shape,
  path: string,
  request: unknown,
): { readonly body: Buffer; readonly target: string; readonly contentType: string } {
  const fields = Object.entries((request ?? {}) as Record<string, unknown>).map(
    ([name, value]): [string, string] => [name, typeof value === 'string' ? value : JSON.stringify(value)],
  )
  if (method === 'GET') {
    const query = new URLSearchParams(fields).toString()
    return { body: Buffer.alloc(0), target: query === '' ? path : `${path}?${query}`, contentType: '' }
  }
  if (contentType === 'application/x-www-form-urlencoded')
    return { body: Buffer.from(new URLSearchParams(fields).toString()), target: path, contentType }
  if (contentType !== 'multipart/form-data')
    return { body: Buffer.from(JSON.stringify(request)), target: path, contentType }
  const boundary = 'corpus-boundary'
  const parts = fields.flatMap(([name, value]) => {
    const isFile = value.length > 400
    const head = isFile
      ? `content-disposition: form-data; name="${name}"; filename="upload.bin"\r\ncontent-type: application/octet-stream`
      : `content-disposition: form-data; name="${name}"`
    const content = isFile ? Buffer.from(value, 'base64') : Buffer.from(value)
    return [Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`), content, Buffer.from('\r\n')]
  })
  return {
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
    target: path,
    contentType: `multipart/form-data; boundary=${boundary}`,
  }
}

function message(body: Buffer, contentType: string, timeMs: number): Message {
  const header = (name: string): string | undefined =>
    name === 'content-type' && contentType !== '' ? contentType : undefined
  return { header, body, bodyBytes: body.length, truncated: false, firstByteMs: timeMs, lastByteMs: timeMs }
}
