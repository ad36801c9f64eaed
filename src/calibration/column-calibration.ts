/** One column's limits: what its baseline says, what its days have shown, and how its live rows cluster. */
import type { BaselineColumn } from '../baseline/baseline.ts'
import type { Bins } from '../baseline/bins.ts'
import type { ColumnMemoryState, WindowMemory } from '../baseline/memory.ts'
import { type Curve } from '../sketches/curve.ts'
import { ColumnMemory, expectedValues } from './column-memory.ts'
import { type Direction, directionsOf, TIMELESS, type WindowFacts } from './directions.ts'
import { concentration, type HourlyLevel, inverseHourRows, type Level, levelAt, thinness } from './hours.ts'
import { clusterDispersion, limitsOf, provisionalLimits, stepLimit } from './limit.ts'
import { clippedMean, NO_NUMBERS, numberFacts, type NumberScale, numberScale } from './number-scale.ts'
import { reasonOf } from './reason.ts'
import { RowClusters, type RowClustersState } from './row-clusters.ts'
import { judge, type Verdict } from './verdict.ts'
import { biasOf } from './window-memory.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** Standard deviations of the daily location that widen the range before a value counts as far. */
const WANDER_DEVIATIONS = 3
/** Windows of an hour are learned twice an hour: the third last is over for at least one. */
const SAMPLES_BEFORE = 3

export interface ColumnCalibrationOptions {
  readonly column: BaselineColumn
  readonly bins: Bins
  /** The baseline's numbers; undefined for categories. */
  readonly numbers: { readonly curve: Curve; readonly standardDeviation: number } | undefined
  readonly baselineRows: number
  /** Days that the baseline covers when it is a stretch of the traffic; Infinity when it is a sample of it. */
  readonly levelDays: number
  /** Shortest first. */
  readonly windowsMs: readonly number[]
  /** Whether live rows, and those of the memory, have a time of day. */
  readonly isTimed: boolean
  /** Whether directions that hours may explain wait until days were judged. A whole file is looked at once: it waits for nothing. */
  readonly waitsForDays: boolean
}

/** A window at the moment of an evaluation or of learning. */
export interface CalibratedWindow {
  readonly place: number
  /** Time that it covers by now. */
  readonly spanMs: number
  readonly facts: WindowFacts
  /** Its rows by hour of the day. */
  readonly weights: Float64Array
  /** False alarms that one direction may give, 0…1. */
  readonly tail: number
}

export interface CalibratedVerdict extends Verdict {
  readonly level: Level
  /** Of each direction, in the order of `directions`. */
  readonly limits: Float64Array
  readonly isProvisional: boolean
  /** What rows cluster by beyond independent ones, in units of 1 / rows. */
  readonly clusters: number
}

export interface BinLimit {
  readonly bin: string
  readonly expected: number
  readonly limit: number
}

/** What a window's verdict says beside its score. */
export interface WindowVerdict {
  /** False when nothing but broken data could be above its limit: the window varies too much without drift. */
  readonly isDecisive: boolean
  /** No day has been judged yet; only directions count that hours do not explain. */
  readonly isProvisional: boolean
  /** The direction that deviates most. */
  readonly reason?: {
    readonly direction: string
    readonly value: number
    readonly expected: number
    readonly limit: number
  }
}

/** Plain data that a restart has to know. */
export interface ColumnCalibrationState {
  readonly memory: ColumnMemoryState
  readonly today: ReturnType<ColumnMemory['today']>
  readonly locations: readonly number[]
  readonly clusters: RowClustersState
}

/** Place of the longest window of up to an hour: longer ones are not added up over replicas. −1 where there is none. */
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
  /** Counts of the open pane when clusters were looked at last. */
  readonly #counted: Float64Array
  /** Deviations of the location at the last samples of the window of an hour, latest last. */
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

  /** Compares the rows since the last call with those before. @param open rows by bin of the pane that is being filled */
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

  /** So many live rows are worth one. */
  get rowsPerOne(): number {
    return this.#clusters.rowsPerOne
  }

  /** What directions are computed from. */
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
      // What the baseline itself says of names that it has not seen is the least to expect.
      expected[i] = kind === 'unseen' ? Math.max(measured, level.shares[from] as number) : measured
    }
    const live = (this.rowsPerOne - 1) / Math.max(facts.rows, 1)
    const common = { directions, tail, rows: Math.max(facts.rows, 1), baselineRows, expected }
    // What was learned within hours has not seen the values of the others.
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

  /** The verdict for people, with names instead of places. */
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
   * Of single bins: what is expected and how far it may lie from that, for rules that add the bins of replicas up. At
   * the least sample where there are fewer rows: all replicas together may have enough.
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

  /** Takes note of a window that is over. */
  endWindow(place: number, facts: WindowFacts, weights: Float64Array): void {
    this.memory.sample(place, facts, weights)
    if (this.#options.windowsMs[place] !== HOUR_MS) return
    const valid = facts.rows * (1 - (facts.shares[this.#options.bins.missing] as number))
    const deviation = valid < 50 ? Number.NaN : facts.location - levelAt(this.#hours(), weights).location
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

  /** Standard deviations that days move the location by. */
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

  /** That of an hour divides by the independent hours of a longer window. */
  #clusterDispersion(known: WindowMemory, weights: Float64Array): number {
    if (known.windowMs <= HOUR_MS) return clusterDispersion(known)
    const hour = this.memory.windowFor(HOUR_MS) ?? known
    return clusterDispersion(hour) * (hour.windowMs > HOUR_MS ? 1 : concentration(weights))
  }

  #step(known: WindowMemory, facts: WindowFacts, level: Level, tail: number) {
    const before = (this.#locations.length === SAMPLES_BEFORE ? this.#locations[0] : undefined) ?? Number.NaN
    const limit = stepLimit(known, tail)
    const value = facts.location - level.location - before
    return Number.isFinite(value) && Number.isFinite(limit) ? { value, limit } : undefined
  }
}
