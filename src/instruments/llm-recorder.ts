// HOT: per request
/**
 * Records the facts of a generated answer: four histograms and six counters of the OpenTelemetry SDK. Label sets are
 * created once; above `maxSeries` a new one is recorded under model `other` and counted. Figures:
 * bench/micro/exposition-record.ts.
 */
import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api'
import { FINISH_REASONS, type FinishReason, type GenerationFacts } from '../generation/generation.ts'
import { type PhaseSeconds, SERVER_PHASES, type ServerPhase } from '../generation/server-phases.ts'
import { getOrAdd } from '../lib/get-or-add.ts'
import { durationSeconds, type Exchange } from '../observe/exchange.ts'
import { labelText } from './label-text.ts'
import {
  GEN_AI_LABELS,
  LLM_BOUNDS_SECONDS,
  llmMetrics,
  STREAM_BREAKS,
  type StreamBreak,
  type TokenType,
} from './llm.ts'
import { OVERFLOW_MODEL, type RecordedExchange } from './request-recorder.ts'
import { createCounter, createHistogram, histogramSeries } from './sdk-instruments.ts'

export interface LlmRecorderOptions {
  readonly meter: Meter
  /** Maximum series of the metrics together, as exported: each bucket, sum and count of a histogram is one. */
  readonly maxSeries: number
}

/** One model, version, operation and provider. */
interface Series {
  readonly attributes: Attributes
  readonly byErrorType: Map<string, Attributes>
  readonly byPhase: Map<ServerPhase, Attributes>
  readonly inputTokens: Attributes
  readonly outputTokens: Attributes
  readonly estimatedTokens: Attributes
  readonly byFinishReason: ReadonlyMap<FinishReason, Attributes>
  readonly byBreak: ReadonlyMap<StreamBreak, Attributes>
}

const NO_ERROR = ''
/** For one label set: two histograms, three kinds of tokens, three plain counters, and the reasons. */
const BASE_SERIES =
  histogramSeries(LLM_BOUNDS_SECONDS.timeToFirstToken) +
  histogramSeries(LLM_BOUNDS_SECONDS.timePerOutputToken) +
  3 +
  3 +
  FINISH_REASONS.length +
  STREAM_BREAKS.length

export class LlmRecorder {
  readonly #maxSeries: number
  readonly #duration: Histogram
  readonly #firstToken: Histogram
  readonly #perToken: Histogram
  readonly #phase: Histogram
  readonly #tokens: Counter
  readonly #cachedTokens: Counter
  readonly #reasoningTokens: Counter
  readonly #finishReasons: Counter
  readonly #streams: Counter
  readonly #streamsAborted: Counter
  /** By model, version, provider and operation. */
  readonly #models = new Map<string, Map<string, Map<string, Map<string, Series>>>>()
  #seriesCount = 0
  #overflowed = 0

  constructor({ meter, maxSeries }: LlmRecorderOptions) {
    const { requestDuration, timeToFirstToken, timePerOutputToken, phaseDuration } = LLM_BOUNDS_SECONDS
    this.#maxSeries = maxSeries
    this.#duration = createHistogram(meter, llmMetrics.llmRequestDuration, requestDuration)
    this.#firstToken = createHistogram(meter, llmMetrics.timeToFirstToken, timeToFirstToken)
    this.#perToken = createHistogram(meter, llmMetrics.timePerOutputToken, timePerOutputToken)
    this.#phase = createHistogram(meter, llmMetrics.phaseDuration, phaseDuration)
    this.#tokens = createCounter(meter, llmMetrics.tokens)
    this.#cachedTokens = createCounter(meter, llmMetrics.cachedTokens)
    this.#reasoningTokens = createCounter(meter, llmMetrics.reasoningTokens)
    this.#finishReasons = createCounter(meter, llmMetrics.finishReasons)
    this.#streams = createCounter(meter, llmMetrics.streams)
    this.#streamsAborted = createCounter(meter, llmMetrics.streamsAborted)
  }

  /** Upper bound of the exported series; exceeds `maxSeries` only by model `other` and by error types. */
  get series(): number {
    return this.#seriesCount
  }

  /** Answers recorded under `other` because of too many label sets. */
  get overflowed(): number {
    return this.#overflowed
  }

  recordAnswer(recorded: RecordedExchange, facts: GenerationFacts): void {
    const { exchange } = recorded
    const series = this.#series(recorded, facts)
    const seconds = durationSeconds(exchange)
    // Events and logs may lack the duration of a call.
    if (!Number.isNaN(seconds))
      this.#duration.record(seconds, this.#durationAttributes(series, errorType(exchange, facts)))
    const { timeToFirstToken, timePerOutputToken, finishReason } = facts
    if (timeToFirstToken !== undefined) this.#firstToken.record(timeToFirstToken, series.attributes)
    if (timePerOutputToken !== undefined) this.#perToken.record(timePerOutputToken, series.attributes)
    if (facts.phaseSeconds !== undefined) this.#recordPhases(series, facts.phaseSeconds)
    this.#countTokens(series, facts)
    if (finishReason !== undefined) this.#finishReasons.add(1, series.byFinishReason.get(finishReason))
    if (!facts.streamed) return
    this.#streams.add(1, series.attributes)
    const streamBreak = streamBreakOf(exchange, facts)
    if (streamBreak !== undefined) this.#streamsAborted.add(1, series.byBreak.get(streamBreak))
  }

  #recordPhases(series: Series, seconds: PhaseSeconds): void {
    for (const phase of SERVER_PHASES) {
      const value = seconds[phase]
      if (value !== undefined) this.#phase.record(value, this.#phaseAttributes(series, phase))
    }
  }

  #countTokens(series: Series, facts: GenerationFacts): void {
    const { inputTokens = 0, outputTokens = 0, cachedTokens = 0, reasoningTokens = 0, isEstimated } = facts
    if (inputTokens > 0) this.#tokens.add(inputTokens, series.inputTokens)
    if (outputTokens > 0)
      this.#tokens.add(outputTokens, isEstimated ? series.estimatedTokens : series.outputTokens)
    if (cachedTokens > 0) this.#cachedTokens.add(cachedTokens, series.attributes)
    if (reasoningTokens > 0) this.#reasoningTokens.add(reasoningTokens, series.attributes)
  }

  #series({ model, version, protocol }: RecordedExchange, { operation }: GenerationFacts): Series {
    const known = this.#models.get(model)?.get(version)?.get(protocol)?.get(operation)
    if (known !== undefined) return known
    if (this.#seriesCount >= this.#maxSeries) {
      this.#overflowed += 1
      const overflow = this.#models.get(OVERFLOW_MODEL)?.get('')?.get(protocol)?.get(operation)
      return overflow ?? this.#addSeries(OVERFLOW_MODEL, '', protocol, operation)
    }
    return this.#addSeries(model, version, protocol, operation)
  }

  #addSeries(model: string, version: string, protocol: string, operation: string): Series {
    const versions = getOrAdd(this.#models, model, () => new Map<string, Map<string, Map<string, Series>>>())
    const protocols = getOrAdd(versions, version, () => new Map<string, Map<string, Series>>())
    const operations = getOrAdd(protocols, protocol, () => new Map<string, Series>())
    return getOrAdd(operations, operation, () => {
      const attributes = {
        model: labelText(model),
        version: labelText(version),
        [GEN_AI_LABELS.operation]: operation,
        [GEN_AI_LABELS.provider]: protocol,
      }
      this.#seriesCount += BASE_SERIES
      return this.#startAtZero({
        attributes,
        byErrorType: new Map(),
        byPhase: new Map(),
        inputTokens: tokenAttributes(attributes, 'input', false),
        outputTokens: tokenAttributes(attributes, 'output', false),
        estimatedTokens: tokenAttributes(attributes, 'output', true),
        byFinishReason: new Map(FINISH_REASONS.map((reason) => [reason, { ...attributes, reason }])),
        byBreak: new Map(STREAM_BREAKS.map((reason) => [reason, { ...attributes, reason }])),
      })
    })
  }

  #startAtZero(series: Series): Series {
    // Embeddings generate no text and have no finish reason.
    if (series.attributes[GEN_AI_LABELS.operation] === 'embeddings') {
      this.#tokens.add(0, series.inputTokens)
      return series
    }
    for (const attributes of [series.inputTokens, series.outputTokens, series.estimatedTokens])
      this.#tokens.add(0, attributes)
    for (const counter of [this.#cachedTokens, this.#reasoningTokens, this.#streams])
      counter.add(0, series.attributes)
    for (const attributes of series.byFinishReason.values()) this.#finishReasons.add(0, attributes)
    for (const attributes of series.byBreak.values()) this.#streamsAborted.add(0, attributes)
    return series
  }

  #phaseAttributes(series: Series, phase: ServerPhase): Attributes {
    return getOrAdd(series.byPhase, phase, () => {
      this.#seriesCount += histogramSeries(LLM_BOUNDS_SECONDS.phaseDuration)
      return { ...series.attributes, phase }
    })
  }

  #durationAttributes(series: Series, type: string): Attributes {
    return getOrAdd(series.byErrorType, type, () => {
      this.#seriesCount += histogramSeries(LLM_BOUNDS_SECONDS.requestDuration)
      if (type === NO_ERROR) return series.attributes
      return { ...series.attributes, [GEN_AI_LABELS.errorType]: type }
    })
  }
}

/** A closed set: the end of the exchange, or of its stream. */
function errorType(exchange: Exchange, facts: GenerationFacts): string {
  if (facts.streamed) return streamBreakOf(exchange, facts) ?? NO_ERROR
  return exchange.outcome === 'success' ? NO_ERROR : exchange.outcome
}

function streamBreakOf({ outcome }: Exchange, facts: GenerationFacts): StreamBreak | undefined {
  if (facts.finishReason === 'error') return 'error'
  // Many clients disconnect right after the last event, which is not an abort.
  if (facts.isComplete) return undefined
  if (outcome === 'aborted' || outcome === 'upstream_closed') return outcome
  return facts.brokeOff ? 'incomplete' : undefined
}

function tokenAttributes(attributes: Attributes, type: TokenType, isEstimated: boolean): Attributes {
  return { ...attributes, [GEN_AI_LABELS.tokenType]: type, estimated: String(isEstimated) }
}
