/** The limits of one column, from its baseline, its learned days, and the clustering of its live rows. */
import type { BaselineColumn } from '../baseline/baseline.ts'
import type { Bins } from '../baseline/bins.ts'
import type { ColumnMemoryState, WindowMemory } from '../baseline/memory.ts'
import { type Curve } from '../sketches/curve.ts'
import { ColumnMemory, expectedValues } from './column-memory.ts'
import { type Direction, directionsOf, hasValues, TIMELESS, type WindowFacts } from './directions.ts'
import { concentration, type HourlyLevel, inverseHourRows, type Level, levelAt, thinness } from './hours.ts'
import { clusterDispersion, limitsOf, provisionalLimits, stepLimit } from './limit.ts'
import { clippedMean, NO_NUMBERS, numberFacts, type NumberScale, numberScale } from './number-scale.ts'
import { reasonOf } from './reason.ts'
import { RowClusters, type RowClustersState } from './row-clusters.ts'
import { judge, type Verdict } from './verdict.ts'
import { biasOf } from './window-memory.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/**
 * A value counts as distant when it is outside the range widened by this many standard deviations of the daily
 * location.
 */
const WANDER_DEVIATIONS = 3
/** Hourly windows are sampled twice an hour, so the third last sample is at least one window old. */
const SAMPLES_BEFORE = 3

export interface ColumnCalibrationOptions {
  readonly column: BaselineColumn
  readonly bins: Bins
  /** The baseline's numbers; undefined for categories. */
  readonly numbers: { readonly curve: Curve; readonly standardDeviation: number } | undefined
  readonly baselineRows: number
  /** Days that the baseline covers when it is a stretch of the traffic; Infinity when it is a random sample. */
  readonly levelDays: number
  /** Shortest first. */
  readonly windowsMs: readonly number[]
  /** Whether live rows and remembered rows have a time of day. */
  readonly isTimed: boolean
  /**
   * Whether directions that depend on the hour of the day wait until days were judged. A whole file is judged in one
   * look, so nothing waits.
   */
  readonly waitsForDays: boolean
}

/** A window at the time of an evaluation or of learning. */
export interface CalibratedWindow {
  readonly place: number
  /** Time that it covers so far. */
  readonly spanMs: number
  readonly facts: WindowFacts
  /** Its rows by hour of the day. */
  readonly weights: Float64Array
  /** False-alarm probability of one direction, 0…1. */
  readonly tail: number
}

export interface CalibratedVerdict extends Verdict {
  readonly level: Level
  /** For each direction, in the order of `directions`. */
  readonly limits: Float64Array
  readonly isProvisional: boolean
  /** Dispersion from clustered rows beyond independent ones, in units of 1 / rows. */
  readonly clusters: number
}

export interface BinLimit {
  readonly bin: string
  readonly expected: number
  readonly limit: number
}

/** Details of a window's verdict besides its score. */
export interface WindowVerdict {
  /** False when only broken data can exceed a limit: without drift, the window already varies too much. */
  readonly isDecisive: boolean
  /** No day has been judged yet; only directions that do not depend on the hour count. */
  readonly isProvisional: boolean
  /** The direction that deviates most. */
  readonly reason?: {
    readonly direction: string
    readonly value: number
    readonly expected: number
    readonly limit: number
  }
}

/** Plain data to restore after a restart. */
export interface ColumnCalibrationState {
  readonly memory: ColumnMemoryState
  readonly today: ReturnType<ColumnMemory['today']>
  readonly locations: readonly number[]
  readonly clusters: RowClustersState
}

/** Index of the longest window of up to an hour: rules do not add up longer ones over replicas. −1 without one. */
export function longestOfAnHour(windowsMs: readonly number[]): number {
  return windowsMs.findLastIndex((windowMs) => windowMs <= HOUR_MS)
}

export class ColumnCalibration {
  readonly directions: readonly Direction[]
  readonly memory: ColumnMemory
  readonly #options: ColumnCalibrationOptions
  readonly #level: Level
  readonly #scale: NumberScale | undefined
  readonly #clusters: RowClusters
  readonly #own: number
  #hourly: HourlyLevel
  #daysOfHourly = -1
  /** Counts of the open pane at the last cluster comparison. */
  readonly #counted: Float64Array
  /** Deviations of the location at the last samples of the hourly window, latest last. */
  readonly #locations: number[] = []

  constructor(options: ColumnCalibrationOptions) {
    const { column, bins, numbers, windowsMs, isTimed } = options
    this.#options = options
    this.directions = directionsOf(column.kind, bins)
    this.#scale =
      numbers && column.kind !== 'categorical'
        ? numberScale(numbers.curve, { ...column, standardDeviation: numbers.standardDeviation })
        : undefined
    const location =
      this.#scale === undefined || numbers === undefined
        ? 0
        : (clippedMean(numbers.curve, this.#scale.clip) - this.#scale.median) / this.#scale.standardDeviation
    this.#level = { shares: bins.shares, location }
    this.#own = column.kind === 'categorical' ? 0 : column.shares.length
    this.#clusters = new RowClusters(bins.labels.length)
    this.#counted = new Float64Array(bins.labels.length)
    this.memory = new ColumnMemory({
      directions: this.directions,
      bins: bins.labels.length,
      missingBin: bins.missing,
      windowsMs,
      isTimed,
    })
    if (column.memory !== undefined) this.memory.restore(column.memory)
    this.#hourly = this.memory.hourly(this.#level)
  }

  /** Compares the rows since the last call with those before. @param open rows by bin of the open pane */
  countClusters(open: Float64Array): void {
    const counted = this.#counted
    let isEmptied = false
    for (let bin = 0; bin < open.length; bin += 1)
      if ((open[bin] as number) < (counted[bin] as number)) isEmptied = true
    const block = new Float64Array(open.length)
    for (let bin = 0; bin < open.length; bin += 1)
      block[bin] = (open[bin] as number) - (isEmptied ? 0 : (counted[bin] as number))
    counted.set(open)
    this.#clusters.add(block)
  }

  /** Number of live rows that carry as much information as one independent row. */
  get rowsPerOne(): number {
    return this.#clusters.rowsPerOne
  }

  /** The input of the directions. */
  facts(counts: Float64Array, rows: number, curve: Curve | undefined): WindowFacts {
    const shares = counts.map((count) => count / Math.max(rows, 1))
    const valid = Math.max(1 - (shares[this.#options.bins.missing] as number), 1e-9)
    if (this.#scale === undefined) {
      const { missing } = this.#options.bins
      const diversity =
        1 - shares.reduce((sum, share, bin) => (bin === missing ? sum : sum + (share / valid) ** 2), 0)
      return { rows, shares, ...NO_NUMBERS, diversity: rows === 0 ? 0 : diversity }
    }
    if (curve === undefined) return { rows, shares, ...NO_NUMBERS }
    return { rows, shares, ...numberFacts(this.#scale, curve, { valid, wander: this.#wander }) }
  }

  judge({ place, spanMs, facts, weights, tail }: CalibratedWindow): CalibratedVerdict {
    const { baselineRows, levelDays, windowsMs, bins, waitsForDays } = this.#options
    const { directions, memory } = this
    const windowMs = windowsMs[place] as number
    const known = memory.windowFor(Math.min(spanMs, windowMs))
    const isProvisional = known === undefined
    const level = levelAt(this.#hours(), weights)
    const expected = expectedValues(memory, level)
    const bias = biasOf(directions, known === undefined ? [] : [known])
    for (const [i, { kind, from }] of directions.entries()) {
      const measured = (expected[i] as number) + (bias[i] as number)
      // The baseline's own share of unseen names is the minimum expectation.
      expected[i] = kind === 'unseen' ? Math.max(measured, level.shares[from] as number) : measured
    }
    const live = (this.rowsPerOne - 1) / Math.max(facts.rows, 1)
    const common = { directions, tail, rows: Math.max(facts.rows, 1), baselineRows, expected }
    // A baseline learned within hours has not seen the values of other hours.
    const isShort = levelDays < 1
    const isBlind = isProvisional && waitsForDays && (isShort || !this.#clusters.isKnown)
    const clusters = isBlind
      ? 1
      : Math.max(live, known === undefined ? 0 : this.#clusterDispersion(known, weights))
    const limits =
      known === undefined
        ? provisionalLimits({ ...common, windowMs, clusters, isCautious: waitsForDays })
        : limitsOf({
            ...common,
            memory: known,
            clusters,
            levelDays,
            inverseHourRows: inverseHourRows(memory.hours, weights),
            thinness: known.windowMs >= DAY_MS ? 1 : thinness(memory.hours, weights),
          })
    const verdict = judge({
      directions,
      missingBin: bins.missing,
      orderedBins: this.#own,
      facts,
      level,
      expected,
      limits,
      mostLocation: this.#mostLocation,
      isProvisional: isProvisional && waitsForDays,
      step:
        known?.windowMs !== HOUR_MS || windowMs !== HOUR_MS
          ? undefined
          : this.#step(known, facts, level, tail),
    })
    return {
      ...verdict,
      level,
      limits,
      isProvisional: isProvisional && waitsForDays,
      clusters: isBlind ? live : clusters,
    }
  }

  /** The verdict for users, with names instead of indices. */
  explain({
    direction,
    value,
    expected,
    limit,
    isDecisive,
    isProvisional,
  }: CalibratedVerdict): WindowVerdict {
    const about = { isDecisive, isProvisional }
    if (direction === undefined) return about
    const name = reasonOf(
      direction === 'step' ? direction : (this.directions[direction] as Direction),
      this.#options.bins,
    )
    return { ...about, reason: { direction: name, value, expected, limit } }
  }

  /**
   * For single bins: the expected share and the allowed distance from it, for rules that add up the bins of replicas.
   * Computed for at least the minimum sample, because all replicas together may have enough rows.
   */
  binLimits(window: CalibratedWindow, minSamples: number): BinLimit[] {
    if (window.place !== longestOfAnHour(this.#options.windowsMs)) return []
    const facts = { ...window.facts, rows: Math.max(window.facts.rows, minSamples) }
    const { level, limits, isProvisional } = this.judge({ ...window, facts })
    return this.directions.flatMap(({ kind, from, to }, i) => {
      const expected = level.shares[from] as number
      const limit = limits[i] as number
      const isBin = to - from === 1 && (!isProvisional || TIMELESS.has(kind))
      return isBin && limit < Math.max(expected, 1 - expected)
        ? [{ bin: this.#options.bins.labels[from] as string, expected, limit }]
        : []
    })
  }

  /** Counts rows by hour; each row once. */
  addRows(facts: WindowFacts, weights: Float64Array): void {
    this.memory.addRows(facts, weights)
  }

  /** Learns from a finished window. */
  endWindow(place: number, facts: WindowFacts, weights: Float64Array): void {
    this.memory.sample(place, facts, weights)
    if (this.#options.windowsMs[place] !== HOUR_MS) return
    const deviation = hasValues(facts, this.#options.bins.missing)
      ? facts.location - levelAt(this.#hours(), weights).location
      : Number.NaN
    this.#locations.push(deviation)
    if (this.#locations.length > SAMPLES_BEFORE) this.#locations.shift()
  }

  /** @param wasQuiet as in `ColumnMemory` */
  endDay(wasQuiet: boolean | undefined): void {
    this.memory.endDay(wasQuiet)
  }

  state(): ColumnCalibrationState {
    return {
      memory: this.memory.state(),
      today: this.memory.today(),
      locations: [...this.#locations],
      clusters: this.#clusters.state(),
    }
  }

  restore({ memory, today, locations, clusters }: ColumnCalibrationState): void {
    this.memory.restore(memory)
    this.memory.resume(today)
    this.#locations.splice(0, Infinity, ...locations)
    this.#clusters.restore(clusters)
    this.#daysOfHourly = -1
  }

  #hours(): HourlyLevel {
    if (this.#daysOfHourly !== this.memory.days) {
      this.#hourly = this.memory.hourly(this.#level)
      this.#daysOfHourly = this.memory.days
    }
    return this.#hourly
  }

  /** Standard deviation of the location between days. */
  get #wander(): number {
    const place = this.directions.findIndex(({ kind }) => kind === 'location')
    const longest = this.memory.window(this.#options.windowsMs.length - 1)
    if (place < 0 || longest.weight === 0) return 0
    return WANDER_DEVIATIONS * Math.sqrt(Math.max(0, longest.excess[place] as number) / longest.weight)
  }

  get #mostLocation(): number {
    if (this.#scale === undefined) return 0
    const { clip, median, standardDeviation } = this.#scale
    return Math.max(median - clip[0], clip[1] - median) / standardDeviation
  }

  /** The dispersion of an hour, divided by the independent hours of a longer window. */
  #clusterDispersion(known: WindowMemory, weights: Float64Array): number {
    if (known.windowMs <= HOUR_MS) return clusterDispersion(known)
    const hour = this.memory.windowFor(HOUR_MS) ?? known
    return clusterDispersion(hour) * (hour.windowMs > HOUR_MS ? 1 : concentration(weights))
  }

  #step(known: WindowMemory, facts: WindowFacts, level: Level, tail: number) {
    if (!hasValues(facts, this.#options.bins.missing)) return undefined
    const before = (this.#locations.length === SAMPLES_BEFORE ? this.#locations[0] : undefined) ?? Number.NaN
    const limit = stepLimit(known, tail)
    const value = facts.location - level.location - before
    return Number.isFinite(value) && Number.isFinite(limit) ? { value, limit } : undefined
  }
}
