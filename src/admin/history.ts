/**
 * The last hour in memory, for the status page of users without Prometheus. Bounded: 240 points of 15 s, and one time
 * for each drifting column and window.
 */
import type { ModelSnapshot, Snapshot } from '../analysis/snapshot.ts'
import { INFERENCE_OPERATIONS } from '../calls/recognition.ts'
import type { CounterTally, HistogramTally } from '../instruments/tallies.ts'
import type { Clock } from '../lib/clock.ts'
import { startInterval, type Timer } from '../lib/timers.ts'

const STEP_MS = 15_000
const MOST_POINTS = 240
/** Points used for the "now" figures: one minute. */
const RECENT_POINTS = 4

export interface HistoryPoint {
  readonly requestsPerSecond: number
  /** Share of requests without success, 0…1; absent without requests. */
  readonly errorRatio?: number
  /** Seconds; absent without requests. */
  readonly p50?: number
  readonly p99?: number
  /** Cores; absent when the process is unknown. */
  readonly modelCpu?: number
  readonly ownCpu: number
}

export interface HistorySnapshot {
  /** Over the last minute, or since the start if that is shorter. */
  readonly now: HistoryPoint
  /** Oldest first, `stepSeconds` apart. */
  readonly points: readonly HistoryPoint[]
  readonly stepSeconds: number
  /** Absent before the first call. */
  readonly lastCallEpochMs?: number
}

/** Cumulative since the start. */
interface Reading {
  readonly atMs: number
  readonly requests: number
  readonly errors: number
  readonly buckets: readonly number[]
  readonly modelCpuSeconds: number | undefined
  readonly ownCpuSeconds: number
}

export interface HistorySources {
  readonly requests: CounterTally
  readonly durations: HistogramTally
  readonly snapshot: () => Snapshot
  readonly modelCpuSeconds: () => number | undefined
  readonly ownCpuSeconds: () => number
  readonly clock: Clock
}

export class History {
  readonly #sources: HistorySources
  /** The latest readings, oldest first. */
  #readings: Reading[]
  #points: HistoryPoint[] = []
  readonly #driftedSince = new Map<string, number>()
  readonly #learningSince = new Map<string, { readonly epochMs: number; readonly ratio: number }>()
  #lastCallEpochMs: number | undefined
  #timer: Timer | undefined

  constructor(sources: HistorySources) {
    this.#sources = sources
    this.#readings = [this.#read()]
  }

  start(): void {
    this.#timer = startInterval(() => this.sample(), STEP_MS)
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** HOT: for each request. */
  noteCall(): void {
    this.#lastCallEpochMs = this.#sources.clock.epochMs()
  }

  sample(): void {
    const reading = this.#read()
    this.#points = [
      ...this.#points,
      pointOf(this.#readings.at(-1) as Reading, reading, this.#sources.durations.bounds),
    ].slice(-MOST_POINTS)
    this.#readings = [...this.#readings, reading].slice(-(RECENT_POINTS + 1))
    this.noteStates()
  }

  /** Records drifting columns and learning progress of the latest evaluation. */
  noteStates(): void {
    const { models } = this.#sources.snapshot()
    const nowMs = this.#sources.clock.epochMs()
    const drifting = new Set(models.flatMap(driftingKeys))
    for (const key of this.#driftedSince.keys()) if (!drifting.has(key)) this.#driftedSince.delete(key)
    for (const key of drifting) if (!this.#driftedSince.has(key)) this.#driftedSince.set(key, nowMs)
    const learning = new Map(models.flatMap(learningEntry))
    for (const key of this.#learningSince.keys()) if (!learning.has(key)) this.#learningSince.delete(key)
    for (const [key, ratio] of learning)
      if (!this.#learningSince.has(key)) this.#learningSince.set(key, { epochMs: nowMs, ratio })
  }

  read(): HistorySnapshot {
    const { durations } = this.#sources
    const lastCallEpochMs = this.#lastCallEpochMs
    return {
      now: pointOf(this.#readings[0] as Reading, this.#read(), durations.bounds),
      points: this.#points,
      stepSeconds: STEP_MS / 1000,
      ...(lastCallEpochMs !== undefined && { lastCallEpochMs }),
    }
  }

  /** Since when the column has a score above its threshold in the window; undefined without one. */
  driftedSince(model: ModelSnapshot, role: string, column: string, window: string): number | undefined {
    return this.#driftedSince.get(keyOf(model, role, column, window))
  }

  /** Estimated seconds until the baseline is learned; undefined while no estimate is possible. */
  learningSecondsLeft(model: ModelSnapshot): number | undefined {
    const { baseline } = model
    const first = this.#learningSince.get(keyOf(model))
    if (baseline.state !== 'learning' || first === undefined) return undefined
    const learned = baseline.ratio - first.ratio
    const elapsed = (this.#sources.clock.epochMs() - first.epochMs) / 1000
    return learned > 0 && elapsed > 0 ? (elapsed * (1 - baseline.ratio)) / learned : undefined
  }

  #read(): Reading {
    const { requests, durations, modelCpuSeconds, ownCpuSeconds, clock } = this.#sources
    const inference = requests.series.filter(({ attributes }) => isInference(attributes['operation']))
    const buckets = durations.bounds.map(() => 0)
    buckets.push(0)
    for (const { attributes, counts } of durations.series)
      if (isInference(attributes['operation']))
        for (const [index, count] of counts.entries()) buckets[index] = (buckets[index] as number) + count
    const total = inference.reduce((sum, { value }) => sum + value, 0)
    const successes = inference.reduce(
      (sum, { attributes, value }) => sum + (attributes['outcome'] === 'success' ? value : 0),
      0,
    )
    return {
      atMs: clock.monotonicMs(),
      requests: total,
      errors: total - successes,
      buckets,
      modelCpuSeconds: modelCpuSeconds(),
      ownCpuSeconds: ownCpuSeconds(),
    }
  }
}

const isInference = (operation: unknown): boolean => INFERENCE_OPERATIONS.has(operation as string)

/** Names from traffic may contain any character, so they are joined as JSON. */
const keyOf = ({ model, version }: ModelSnapshot, ...rest: string[]): string =>
  JSON.stringify([model, version, ...rest])

function driftingKeys(model: ModelSnapshot): string[] {
  return model.columns.flatMap(({ role, name, windows }) =>
    windows
      .filter(({ scores }) => scores.some(({ value, threshold }) => value > threshold))
      .map(({ window }) => keyOf(model, role, name, window)),
  )
}

function learningEntry(model: ModelSnapshot): [string, number][] {
  return model.baseline.state === 'learning' ? [[keyOf(model), model.baseline.ratio]] : []
}

function pointOf(before: Reading, after: Reading, bounds: readonly number[]): HistoryPoint {
  const seconds = (after.atMs - before.atMs) / 1000
  const perSecond = (part: number): number => (seconds > 0 ? part / seconds : 0)
  const requests = after.requests - before.requests
  const buckets = after.buckets.map((count, index) => count - (before.buckets[index] as number))
  const p50 = quantileOf(0.5, buckets, bounds)
  const p99 = quantileOf(0.99, buckets, bounds)
  return {
    requestsPerSecond: perSecond(requests),
    ...(requests > 0 && { errorRatio: (after.errors - before.errors) / requests }),
    ...(p50 !== undefined && { p50 }),
    ...(p99 !== undefined && { p99 }),
    ...(after.modelCpuSeconds !== undefined &&
      before.modelCpuSeconds !== undefined && {
        modelCpu: Math.max(0, perSecond(after.modelCpuSeconds - before.modelCpuSeconds)),
      }),
    ownCpu: perSecond(after.ownCpuSeconds - before.ownCpuSeconds),
  }
}

/** As PromQL's histogram_quantile: linear within a bucket; above all finite buckets, the last bound. */
function quantileOf(q: number, counts: readonly number[], bounds: readonly number[]): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  let below = 0
  for (const [index, count] of counts.entries()) {
    if (below + count >= q * total && count > 0) {
      const low = bounds[index - 1] ?? 0
      const high = bounds[index]
      return high === undefined ? low : low + ((high - low) * (q * total - below)) / count
    }
    below += count
  }
  return bounds.at(-1)
}
