/**
 * The variation of a column without drift, learned day by day from a time-ordered file and from live traffic. A day is
 * judged by the days before it, and learned when it ends.
 */
import type { ColumnMemoryState, HourCounts, WindowMemory } from '../baseline/memory.ts'
import {
  type Direction,
  FEWEST_ROWS,
  hasValues,
  isMeasured,
  valuesOf,
  type WindowFacts,
} from './directions.ts'
import {
  emptyHours,
  type HourlyLevel,
  hourlyLevel,
  HOURS,
  type Level,
  levelAt,
  levelOfHours,
  thinness,
} from './hours.ts'
import { addMemory, addSample, addStep, biasOf, emptyWindowMemory } from './window-memory.ts'

/** Minimum part of its length that a full window covers. */
const FILLED = 0.85

export interface ColumnMemoryOptions {
  readonly directions: readonly Direction[]
  readonly bins: number
  readonly missingBin: number
  /** Window lengths to learn, shortest first. */
  readonly windowsMs: readonly number[]
  /** Whether rows have a time of day. */
  readonly isTimed: boolean
}

export class ColumnMemory {
  readonly directions: readonly Direction[]
  readonly missingBin: number
  readonly #known: WindowMemory[]
  /** Restored windows with lengths that are not learned now. */
  #saved: readonly WindowMemory[] = []
  #hours: HourCounts
  #days = 0
  #today: WindowMemory[]
  #todayHours: HourCounts
  #ownLevel: HourlyLevel | undefined
  /** Deviations of the location in the previous samples, latest last, of the window used for steps. */
  #locations: number[] = []
  readonly #stepWindow: number

  constructor({ directions, bins, missingBin, windowsMs, isTimed }: ColumnMemoryOptions) {
    this.directions = directions
    this.missingBin = missingBin
    this.#known = windowsMs.map((windowMs) => emptyWindowMemory(windowMs, directions.length))
    this.#today = windowsMs.map((windowMs) => emptyWindowMemory(windowMs, directions.length))
    this.#hours = emptyHours(isTimed ? HOURS : 1, bins)
    this.#todayHours = emptyHours(isTimed ? HOURS : 1, bins)
    this.#stepWindow = windowsMs.indexOf(HOUR_MS)
  }

  /** Number of complete learned days. */
  get days(): number {
    return this.#days
  }

  get hours(): HourCounts {
    return this.#hours
  }

  /**
   * The longest learned window within that span, or else the shortest: a shorter window varies at least as much as a
   * longer one. Undefined before a day was judged.
   */
  windowFor(spanMs: number): WindowMemory | undefined {
    const learned = [...this.#known, ...this.#saved]
      .filter(({ days }) => days > 0)
      .toSorted((a, b) => a.windowMs - b.windowMs)
    return learned.findLast(({ windowMs }) => windowMs * FILLED <= spanMs) ?? learned[0]
  }

  /** Memory of windows with this index. */
  window(place: number): WindowMemory {
    return this.#known[place] as WindowMemory
  }

  /** The level by hour, with the pattern of the learned days. */
  hourly(level: Level): HourlyLevel {
    return hourlyLevel(level, this.#hours)
  }

  /** Counts rows by their hour of arrival. Each row of a day is counted once. */
  addRows({ rows, shares, location }: WindowFacts, weights: Float64Array): void {
    const hours = this.#todayHours
    const total = hours.bins.length === 1 ? 1 : weights.reduce((sum, weight) => sum + weight, 0)
    const valid = rows * (1 - (shares[this.missingBin] as number))
    for (const [hour, counts] of hours.bins.entries()) {
      const part = hours.bins.length === 1 ? 1 : (weights[hour] as number) / Math.max(total, 1e-9)
      if (part === 0) continue
      for (let bin = 0; bin < shares.length; bin += 1)
        counts[bin] = (counts[bin] as number) + part * rows * (shares[bin] as number)
      hours.values[hour] = (hours.values[hour] as number) + part * valid
      hours.locations[hour] = (hours.locations[hour] as number) + part * valid * location
    }
  }

  /** Learns from a finished window. */
  sample(place: number, facts: WindowFacts, weights: Float64Array): void {
    if (this.#days === 0) return
    const isStep = place === this.#stepWindow
    if (facts.rows < FEWEST_ROWS) {
      if (isStep) this.#locations.push(Number.NaN)
      return
    }
    const ownLevel = levelOfHours(this.#hours)
    if (ownLevel === undefined) return
    this.#ownLevel ??= this.hourly(ownLevel)
    const expected = expectedValues(this, levelAt(this.#ownLevel, weights))
    const values = valuesOf(this.directions, facts, this.missingBin)
    const today = this.#today[place] as WindowMemory
    const known = this.window(place)
    const bias = biasOf(this.directions, [known, today])
    // What cannot be measured is as expected: a window without values has no location.
    for (const [i, direction] of this.directions.entries())
      if (!isMeasured(direction, facts, this.missingBin))
        values[i] = (expected[i] as number) + (bias[i] as number)
    today.days = 1
    const thin = today.windowMs >= DAY_MS ? 1 : thinness(this.#hours, weights)
    addSample(today, known, this.directions, {
      rows: facts.rows,
      values,
      expected,
      days: this.#days,
      thinness: thin,
    })
    if (isStep) this.#step(today, values, expected, hasValues(facts, this.missingBin))
  }

  /** @param wasQuiet whether the column had no alarm during the day; undefined for a day that must not be learned */
  endDay(wasQuiet: boolean | undefined): void {
    const hasRows = this.#todayHours.bins.some((counts) => counts.some((count) => count > 0))
    if (wasQuiet !== undefined && hasRows) {
      for (const [place, day] of this.#today.entries())
        addMemory(this.window(place), day, this.directions, wasQuiet)
      this.#hours = addHours(this.#hours, this.#todayHours)
      this.#ownLevel = undefined
      this.#days += 1
    }
    this.#today = this.#today.map(({ windowMs }) => emptyWindowMemory(windowMs, this.directions.length))
    this.#todayHours = emptyHours(this.#hours.bins.length, this.#hours.bins[0]?.length ?? 0)
  }

  state(): ColumnMemoryState {
    return structuredClone({
      days: this.#days,
      hours: this.#hours,
      windows: [...this.#known, ...this.#saved],
    })
  }

  /** State of the current day, for a restart. */
  today(): Pick<ColumnMemoryState, 'hours' | 'windows'> & { readonly locations: readonly number[] } {
    return structuredClone({ hours: this.#todayHours, windows: this.#today, locations: this.#locations })
  }

  /** Continues the current day; the windows are the same. */
  resume({ hours, windows, locations }: ReturnType<ColumnMemory['today']>): void {
    this.#todayHours = structuredClone(hours)
    this.#today = structuredClone([...windows])
    this.#locations = [...locations]
  }

  /** Restores earlier memory. Windows of other lengths are kept for judging. */
  restore({ days, hours, windows }: ColumnMemoryState): void {
    this.#days = days
    this.#hours = structuredClone(hours)
    this.#todayHours = emptyHours(hours.bins.length, hours.bins[0]?.length ?? 0)
    this.#ownLevel = undefined
    this.#saved = windows
    for (const [place, { windowMs }] of this.#known.entries()) {
      const saved = windows.find((window) => window.windowMs === windowMs)
      if (saved === undefined) continue
      this.#known[place] = structuredClone(saved)
      this.#saved = this.#saved.filter((window) => window !== saved)
    }
  }

  /** Each window is sampled twice, so the sample before the last one belongs to the previous window. */
  #step(today: WindowMemory, values: Float64Array, expected: Float64Array, isKnown: boolean): void {
    const i = this.directions.findIndex(({ kind }) => kind === 'location')
    if (i < 0) return
    const deviation = isKnown ? (values[i] as number) - (expected[i] as number) : Number.NaN
    this.#locations.push(deviation)
    const before = this.#locations.at(-3)
    if (this.#locations.length > 3) this.#locations.shift()
    const step = deviation - (before ?? Number.NaN)
    if (Number.isFinite(step)) addStep(today, step)
  }
}

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** Expectation from the level alone; measured directions are 0 in it. */
export function expectedValues(
  { directions, missingBin }: Pick<ColumnMemory, 'directions' | 'missingBin'>,
  { shares, location }: Level,
): Float64Array {
  const values = valuesOf(
    directions,
    { rows: Infinity, shares, location, far: 0, outside: 0, diversity: 0 },
    missingBin,
  )
  const unseen = directions.findIndex(({ kind }) => kind === 'unseen')
  if (unseen >= 0) values[unseen] = 0
  return values
}

function addHours(a: HourCounts, b: HourCounts): HourCounts {
  return {
    bins: a.bins.map((counts, hour) => counts.map((count, bin) => count + (b.bins[hour]?.[bin] ?? 0))),
    values: a.values.map((count, hour) => count + (b.values[hour] ?? 0)),
    locations: a.locations.map((sum, hour) => sum + (b.locations[hour] ?? 0)),
  }
}
