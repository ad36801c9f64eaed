// HOT: per request
/**
 * Runs the stages for one exchange: recognise, decode, record, count. It runs on the analysis thread, after the bytes
 * have been forwarded; a failure here is only a counter.
 */
import { type Call, ReusableCall } from '../calls/call.ts'
import { INFERENCE_OPERATIONS, type Operation } from '../calls/recognition.ts'
import type { Route } from '../calls/route.ts'
import type { OnLateRows } from '../calls/route-learner.ts'
import { RouteTable, type RouteTableOptions } from '../calls/route-table.ts'
import { noneWithoutRows, type WithoutRows } from '../calls/without-rows.ts'
import type { Failure } from '../formats/failure.ts'
import { JsonReader } from '../formats/json-reader.ts'
import type { GenerationFacts } from '../generation/generation.ts'
import { zeros } from '../lib/zeros.ts'
import { durationSeconds, type Exchange, withOutcome } from '../observe/exchange.ts'
import { isAdministrativePath } from '../protocols/administration.ts'
import type { Decoding } from '../protocols/decoding.ts'
import { freeform } from '../protocols/freeform.ts'
import { guess, offerOf } from '../protocols/guess.ts'
import { recogniseHousekeeping } from '../protocols/housekeeping.ts'
import { recognise } from '../protocols/index.ts'
import type { Protocol } from '../protocols/protocol.ts'
import { clearMissing } from '../records/clear-missing.ts'
import { RecordBatch } from '../records/record-batch.ts'
import { STRUCTURE_LIMITS, type StructureLimit } from '../records/structure/limits.ts'
import { type Misfit, MISFITS } from '../records/structure/plan.ts'
import type { DecodedCall, RecognisedExchange, RecordSink, Seen } from '../sources/record-sink.ts'
import { DecodePlans } from './decode-plan.ts'
import type { FatalBodies } from './fatal-bodies.ts'
import { type ModelLabel, type ModelLabels, NO_MODEL } from './model-labels.ts'
import { statedError } from './stated-error.ts'

/** The value of the label `protocol` for exchanges that no protocol recognised. */
export const NO_PROTOCOL = 'none'

export interface PipelineOptions {
  readonly decoding: Decoding
  readonly labels: ModelLabels
  /** Maximum columns of a batch on each side. */
  readonly maxColumns: number
  readonly onRecognised: (recognised: RecognisedExchange) => void
  /** An answer of a language model, including failed and aborted ones; called after `onRecognised`. */
  readonly onGeneration?: (recognised: RecognisedExchange, facts: GenerationFacts) => void
  /** Rows of a successful prediction; the batch is reused after the call. */
  readonly onRows: (label: ModelLabel, protocol: string, batch: RecordBatch) => void
  /** A successful and completely observed call, before its rows; call and batch are reused afterwards. */
  readonly onCall?: (recognised: RecognisedExchange, call: Call, batch: RecordBatch) => void
  /** Replaces `onCall` for a call that is kept until its route is understood. Without it, `onCall` receives no rows. */
  readonly onKeptCall?: (recognised: RecognisedExchange, call: Call) => OnLateRows
  readonly onDecodeFailure: (protocol: string, failure: Failure, recognised: RecognisedExchange) => void
  /** Columns beyond the limit, once for each exchange. */
  readonly onDroppedColumns: (count: number) => void
  /** Monotonic milliseconds on the same clock as exchanges; without it, waiting times are 0. */
  readonly nowMs?: () => number
  /** Limits and rules of routes: `RouteTable`. */
  readonly routes?: Partial<RouteTableOptions>
  /** Reports something about a route that users should read. */
  readonly onRoute?: (event: RouteEvent) => void
  /** Bodies that crashed an analysis thread. */
  readonly fatalBodies?: FatalBodies
  /** A stage threw: a bug in modeltap, logged with the stage's name and never the payload. */
  readonly onBug: (error: unknown) => void
}

/** No values: names and counts only. */
export type RouteEvent =
  | { readonly kind: 'learned' | 'changed'; readonly route: Route }
  | { readonly kind: 'without-rows'; readonly route: Route; readonly reason: WithoutRows }
  /** A protocol read the first prediction of the route. */
  | {
      readonly kind: 'recognised'
      readonly route: Route
      readonly protocol: string
      readonly label: ModelLabel
      readonly features: number
      readonly predictions: number
    }

const GRPC_NOT_FOUND = 5
const ROUTED: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'GET'])
const READABLE = /json|msgpack|form-data|form-urlencoded|csv/i
const READING_FAILURES: ReadonlySet<Failure> = new Set<Failure>([
  'not-json',
  'not-text',
  'not-msgpack',
  'truncated',
  'encoding-unknown',
  'encoding-broken',
  'empty',
])
const SELECTOR_FAILURES: ReadonlySet<Failure> = new Set<Failure>(['selector-no-match', 'selector-budget'])
const HOUSEKEEPING: ReadonlySet<Operation> = new Set(['health', 'metadata'])

export class Pipeline implements RecordSink {
  readonly #options: PipelineOptions
  readonly #batch: RecordBatch
  readonly #call: ReusableCall
  readonly #plans = new DecodePlans()
  readonly #routes: RouteTable
  readonly #mayGuess: boolean
  /** Successful calls with a body that gave no rows. */
  readonly withoutRows = noneWithoutRows()

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#batch = new RecordBatch(options.maxColumns)
    this.#mayGuess = options.decoding.protocols.includes(guess)
    this.#routes = new RouteTable({
      rules: options.decoding.routes ?? [],
      maxColumns: options.maxColumns,
      columnNames: {
        features: options.decoding.settings.featureNames,
        predictions: options.decoding.settings.predictionNames,
      },
      nowEpochMs: () => Number.NaN,
      ...options.routes,
    })
    const [request, response] = [new JsonReader(), new JsonReader()]
    this.#call = new ReusableCall(options.decoding.settings, {
      request: (bytes) => request.read(bytes),
      response: (bytes) => response.read(bytes),
    })
  }

  /**
   * Never throws.
   *
   * @param named label to use when neither path nor payload names the model
   */
  accept(exchange: Exchange, seen: Seen = 'call', named: ModelLabel = NO_MODEL): void {
    const { fatalBodies, onBug } = this.#options
    try {
      this.#accept(fatalBodies?.enter(exchange) ?? exchange, seen, named)
    } catch (error) {
      onBug(error)
    }
    fatalBodies?.leave()
  }

  /** For sources whose records need no protocol. Never throws. */
  acceptDecoded({ batch, failure, ...call }: DecodedCall): void {
    try {
      const isPrediction = call.exchange.outcome === 'success' && INFERENCE_OPERATIONS.has(call.operation)
      const label = this.#options.labels.label(call.model, call.version, isPrediction)
      const recognised: RecognisedExchange = { ...call, model: label.model, version: label.version }
      this.#options.onRecognised(recognised)
      if (failure !== undefined) this.#options.onDecodeFailure(call.protocol, failure, recognised)
      if (!isPrediction) return
      // Before the rows are watched, because watching adds columns to the batch.
      this.#options.onCall?.(recognised, this.#call.begin(call.exchange), batch)
      this.#deliver(label, call.protocol, batch)
    } catch (error) {
      this.#options.onBug(error)
    }
  }

  /**
   * Decides the structure of routes that have waited long enough for more exchanges; called by a timer and at the end.
   */
  decideRoutes(nowMs: number): void {
    try {
      for (const route of this.#routes.routes) if (route.learner.isDue(nowMs)) this.#decide(route)
    } catch (error) {
      this.#options.onBug(error)
    }
  }

  /** Exchanges that differed from the learned structure of their route, by kind. */
  get misfits(): Readonly<Record<Misfit, number>> {
    const sums = zeros(MISFITS)
    for (const { learner } of this.#routes.routes)
      for (const kind of MISFITS) sums[kind] += learner.misfits[kind]
    return sums
  }

  /** Counts of structure left out of routes, by limit. */
  get structureLimits(): Readonly<Record<StructureLimit, number>> {
    const sums = zeros(STRUCTURE_LIMITS)
    for (const { learner } of this.#routes.routes)
      for (const limit of STRUCTURE_LIMITS) sums[limit] += learner.limits[limit]
    return sums
  }

  get routes(): RouteTable {
    return this.#routes
  }

  #accept(seenExchange: Exchange, seen: Seen, named: ModelLabel): void {
    const { decoding, labels, onRecognised, onDecodeFailure } = this.#options
    const batch = this.#batch
    const call = this.#call.begin(seenExchange)
    const route = this.#routeOf(call, seen)
    call.route = route
    const isIgnored = route?.rule?.ignore === true
    const match = isIgnored
      ? undefined
      : recognise(call, hasSelectors(route) ? BY_SELECTORS : decoding.protocols)
    const decoder = match?.protocol
    const protocol = decoder?.name ?? NO_PROTOCOL
    const operation = match?.recognition.operation ?? 'other'
    const isPrediction = INFERENCE_OPERATIONS.has(operation)
    const error = seen === 'head' ? undefined : statedError(call, decoder)
    const exchange = error === undefined ? seenExchange : withOutcome(seenExchange, error)
    const succeeded = seenExchange.outcome === 'success' && (error === undefined || error.isPartial === true)

    batch.begin(0)
    // Decoded before it is recorded, because free-form and OpenAI-like payloads name the model in the body.
    const decodes = decoder !== undefined && succeeded && seen !== 'head' && isPrediction
    const keptBefore = route?.learner.pending ?? 0
    const result = decodes ? this.#plans.decode(decoder, call, batch) : undefined
    const isWhole = seen === 'call' && succeeded && !HOUSEKEEPING.has(operation)
    if (isWhole && decoder === undefined) this.#learnFrom(call, route)
    const isKept = (route?.learner.pending ?? 0) > keptBefore

    const { model = '', version = '' } = match?.recognition ?? {}
    const label = labels.label(
      modelOf(route, decoder, firstNamed(model, batch.model, named.model)),
      route?.rule?.version ?? firstNamed(version, batch.version, named.version),
      isPrediction && (succeeded || isNamedByPath(call, model)),
      protocol,
    )
    const recognised: RecognisedExchange = {
      exchange,
      protocol,
      operation,
      model: label.model,
      version: label.version,
    }
    if (seen === 'call' || seen === 'head') onRecognised(recognised)
    const facts = seen === 'call' ? decoder?.generation?.(call) : undefined
    if (facts !== undefined) this.#options.onGeneration?.(recognised, facts)
    // When only half of a call was seen, the other half always fails; rows prove that the seen half was read.
    const isFailure = seen === 'call' || batch.rows === 0
    if (result !== undefined && isFailure) onDecodeFailure(protocol, result.failure, recognised)
    // Before the rows are watched, because watching adds columns to the batch.
    if (succeeded && seen === 'call') this.#tellOfCall(recognised, call, isKept ? route : undefined)
    if (decodes && isWhole && route?.isRecognised === false) this.#tellRecognised(route, protocol, label)
    if (decodes) {
      batch.waitedMs = this.#waitedSince(exchange.request.firstByteMs)
      this.#deliver(label, protocol, batch)
    }
    if (isWhole)
      this.#noteRoute(call, {
        route,
        label,
        protocol,
        isGeneration: facts !== undefined,
        isKept,
        failure: result?.failure,
      })
  }

  /** @param keptBy the route that keeps the call until it is understood */
  #tellOfCall(recognised: RecognisedExchange, call: ReusableCall, keptBy: Route | undefined): void {
    const { onCall, onKeptCall } = this.#options
    if (keptBy !== undefined && onKeptCall !== undefined)
      keptBy.learner.notifyLater(onKeptCall(recognised, call))
    else onCall?.(recognised, call, this.#batch)
  }

  /** Once for each route, before its rows are watched. Learned routes report themselves. */
  #tellRecognised(route: Route, protocol: string, label: ModelLabel): void {
    const { rows, features, predictions } = this.#batch
    if (protocol === guess.name || rows === 0) return
    route.isRecognised = true
    this.#options.onRoute?.({
      kind: 'recognised',
      route,
      protocol,
      label,
      features: features.columns.length,
      predictions: predictions.columns.length,
    })
  }

  /** A route that was never taken for a prediction is learned anyway, to make sure. */
  #learnFrom(call: ReusableCall, route: Route | undefined): void {
    if (route === undefined || route.rule?.ignore === true || !this.#isLearned(call, route)) return
    if (route.learner.keepsNext) route.learner.read(offerOf(call), this.#batch)
    else route.learner.pass()
  }

  /** Whether the meaning of an unrecognised call can only be learned from its exchanges. */
  #isLearned(call: ReusableCall, route: Route | undefined): boolean {
    return this.#mayGuess && !hasSelectors(route) && !isAdministrativePath(call.path)
  }

  /** Only successful calls create routes, so that clients cannot invent them. */
  #routeOf(call: ReusableCall, seen: Seen): Route | undefined {
    const { method, outcome } = call.exchange
    if (seen === 'head' || !ROUTED.has(method)) return undefined
    if (outcome !== 'success' || seen !== 'call') return this.#routes.find(method, call.path)
    if (method === 'GET' && !call.exchange.target.includes('?')) return this.#routes.find(method, call.path)
    if (recogniseHousekeeping(method, call.path) !== undefined) return undefined
    return this.#routes.route(method, call.path)
  }

  /** Records what the route reports, and calls without rows with their reason. */
  #noteRoute(
    call: ReusableCall,
    {
      route,
      label,
      protocol,
      isGeneration,
      isKept,
      failure,
    }: {
      readonly route: Route | undefined
      readonly label: ModelLabel
      readonly protocol: string
      readonly isGeneration: boolean
      /** It is read when the route is understood. */
      readonly isKept: boolean
      readonly failure: Failure | undefined
    },
  ): void {
    const batch = this.#batch
    if (route !== undefined) route.exchanges += 1
    if (batch.rows > 0) route?.noteRows(batch, protocol, label)
    else if (!isGeneration) {
      const isLearned = protocol === guess.name || (protocol === NO_PROTOCOL && this.#isLearned(call, route))
      if (!isLearned || !isKept) {
        const reason = this.#reasonWithoutRows(call, { route, protocol, failure })
        if (reason !== undefined) this.#countWithoutRows(route, reason)
      }
    }
    if (route?.learner.isDue(call.exchange.response.lastByteMs) === true) this.#decide(route)
  }

  #reasonWithoutRows(
    call: ReusableCall,
    {
      route,
      protocol,
      failure,
    }: {
      readonly route: Route | undefined
      readonly protocol: string
      readonly failure: Failure | undefined
    },
  ): WithoutRows | undefined {
    if (route?.rule?.ignore === true) return 'ignored'
    if (call.exchange.method === 'GET' || !hasReadableBody(call)) return undefined
    if (protocol === guess.name)
      return failure !== undefined && READING_FAILURES.has(failure) ? 'unreadable' : 'misfit'
    if (protocol !== NO_PROTOCOL) {
      if (failure === undefined) return undefined
      return SELECTOR_FAILURES.has(failure) ? 'no_match' : 'unreadable'
    }
    if (isAdministrativePath(call.path)) return 'administration'
    if (route === undefined) return 'too_many_routes'
    const { features, predictions } = call.settings.selectors
    if (features !== undefined || predictions !== undefined) return 'no_match'
    if (!this.#mayGuess) return 'not_recognised'
    return route.learner.state === 'not-understood' ? 'no_prediction' : 'unreadable'
  }

  #countWithoutRows(route: Route | undefined, reason: WithoutRows): void {
    this.withoutRows[reason] += 1
    if (route === undefined) return
    route.noteWithoutRows(reason)
    if (route.isTold) return
    route.isTold = true
    this.#options.onRoute?.({ kind: 'without-rows', route, reason })
  }

  #decide(route: Route): void {
    const batch = this.#batch
    const { learner } = route
    const isFirst = learner.looks === 0
    const hasChanged = learner.decide()
    if (hasChanged || isFirst) {
      route.isTold &&= learner.state !== 'understood'
      this.#options.onRoute?.({ kind: isFirst ? 'learned' : 'changed', route })
    }
    const { samples } = learner
    for (const { arrivedMs, onLateRows } of learner.replay(batch)) {
      if (learner.state !== 'understood') {
        onLateRows?.(undefined)
        continue
      }
      batch.waitedMs = this.#waitedSince(arrivedMs)
      const label = this.#options.labels.label(
        modelOf(route, guess, batch.model),
        route.rule?.version ?? batch.version,
        true,
      )
      if (batch.rows > 0) route.noteRows(batch, guess.name, label)
      // Before the rows are watched, because watching adds columns to the batch.
      onLateRows?.(batch.rows > 0 ? { batch, ...label } : undefined)
      this.#deliver(label, guess.name, batch)
    }
    if (learner.state === 'not-understood' && isFirst) this.#countSamplesWithoutRows(route, samples)
  }

  /** The exchanges that waited yield no rows either. */
  #countSamplesWithoutRows(route: Route, samples: number): void {
    if (route.method === 'GET') return
    for (let sample = 0; sample < samples; sample += 1) this.#countWithoutRows(route, 'no_prediction')
  }

  /** Analysis may lag behind the traffic, so the age is measured from the arrival. */
  #waitedSince(arrivedMs: number): number {
    const waitedMs = (this.#options.nowMs?.() ?? Number.NaN) - arrivedMs
    return waitedMs > 0 ? waitedMs : 0
  }

  #deliver(label: ModelLabel, protocol: string, batch: RecordBatch): void {
    if (batch.rows === 0) return
    const { missing } = this.#options.decoding
    if (missing !== undefined) clearMissing(batch, missing)
    const dropped = batch.features.droppedColumns + batch.predictions.droppedColumns
    if (dropped > 0) this.#options.onDroppedColumns(dropped)
    this.#options.onRows(label, protocol, batch)
  }
}

/** When selectors for the features of a route are configured, nothing else is used as a feature. */
function hasSelectors(route: Route | undefined): boolean {
  const selectors = route?.rule?.settings?.selectors
  return selectors?.features !== undefined || selectors?.predictions !== undefined
}

const BY_SELECTORS: readonly Protocol[] = [freeform]

/** The model name of a route: from the configuration, from the payload, or, for a learned route, from its path. */
function modelOf(route: Route | undefined, decoder: Protocol | undefined, named: string): string {
  if (route === undefined) return named
  if (route.rule?.model !== undefined) return route.rule.model
  return named === '' && (decoder === guess || decoder === freeform) ? route.ownName : named
}

/** False when the server answers that it does not have the model: clients may request any name. */
function isNamedByPath(call: ReusableCall, model: string): boolean {
  const { status, grpcStatus, outcome } = call.exchange
  if (model === '' || status === 404 || grpcStatus === GRPC_NOT_FOUND || outcome === 'aborted') return false
  return call.path.includes(model) || call.path.includes(encodeURIComponent(model))
}

/** JSON, a form or packed values, according to the request. */
function hasReadableBody({ exchange }: ReusableCall): boolean {
  const type = exchange.request.header('content-type')
  if (type === undefined) return exchange.request.bodyBytes === 0 && exchange.target.includes('?')
  return READABLE.test(type)
}

function firstNamed(first: string, second: string, third: string): string {
  if (first !== '') return first
  return second === '' ? third : second
}

/** For the debug page: the processing of one exchange, without any of its values. */
export interface ExchangeTrace {
  readonly protocol: string
  readonly operation: Operation
  readonly method: string
  readonly status: number
  readonly seconds: number
  readonly failure: Failure
}

export function traceExchange(
  { exchange, protocol, operation }: RecognisedExchange,
  failure: Failure,
): ExchangeTrace {
  const { method, status } = exchange
  return { protocol, operation, method, status, seconds: durationSeconds(exchange), failure }
}
