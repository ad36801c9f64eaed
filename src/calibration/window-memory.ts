/**
 * How far windows of one length deviated from their expectation, by direction, over the learned days. It consists of
 * sums and maxima, so memories of several replicas or files can be merged.
 */
import type { WindowMemory } from '../baseline/memory.ts'
import { BROKEN, type Direction, MEASURED, varianceOfRow } from './directions.ts'

const HALF_WEIGHT_ROWS = 200
const LOWEST_VARIANCE = 1e-3
/**
 * Squared standard deviations that independent rows reach in some of many windows; excluded from the largest excess.
 */
const CHANCE = 20
const KEPT_DAYS = 3
/** Of so many days one may have a step that is set aside. */
const DAYS_SET_ASIDE = 20

export function emptyWindowMemory(windowMs: number, directions: number): WindowMemory {
  const zeros = (): number[] => new Array<number>(directions).fill(0)
  return {
    windowMs,
    days: 0,
    weight: 0,
    noise: 0,
    excess: zeros(),
    largest: zeros(),
    bias: zeros(),
    clusterExcess: 0,
    clusterVariance: 0,
    steps: 0,
    stepSquares: 0,
    largestStep: 0,
    dayLargest: [],
  }
}

export interface Sample {
  readonly rows: number
  /** Value of each direction and its expectation; for measured directions, the expectation from the level alone. */
  readonly values: Float64Array
  readonly expected: Float64Array
  /** Days behind the expectation, ≥ 1. */
  readonly days: number
  readonly thinness: number
}

/** Expectation beyond the level: the mean deviation of measured directions. */
export function biasOf(directions: readonly Direction[], memories: readonly WindowMemory[]): Float64Array {
  const weight = memories.reduce((sum, memory) => sum + memory.weight, 0)
  return Float64Array.from(directions, ({ kind }, i) => {
    if (weight === 0 || !MEASURED.has(kind)) return 0
    return memories.reduce((sum, { bias }) => sum + (bias[i] as number), 0) / weight
  })
}

/**
 * Adds one window to the state of the current day.
 *
 * @param known the days before
 */
export function addSample(
  today: WindowMemory,
  known: WindowMemory,
  directions: readonly Direction[],
  { rows, values, expected, days, thinness }: Sample,
): void {
  const weight = rows / (rows + HALF_WEIGHT_ROWS)
  const shrink = (1 + 1 / days) * thinness
  today.weight += weight
  today.noise += (weight * weight * 2) / (rows * rows)
  for (let i = 0; i < directions.length; i += 1)
    today.bias[i] = (today.bias[i] as number) + weight * ((values[i] as number) - (expected[i] as number))
  const bias = biasOf(directions, [known, today])
  for (const [i, direction] of directions.entries()) {
    const e = (expected[i] as number) + (bias[i] as number)
    const variance = Math.max(varianceOfRow(direction, e), 1e-9)
    const floored = Math.max(variance, LOWEST_VARIANCE)
    const square = ((values[i] as number) - e) ** 2
    const chance = variance / floored / rows
    const excess = (square / floored - chance) / shrink
    today.excess[i] = (today.excess[i] as number) + weight * excess
    today.largest[i] = Math.max(today.largest[i] as number, weight * (excess - (CHANCE * chance) / thinness))
    if (!isSingle(direction)) continue
    today.clusterExcess += weight * (square / shrink - variance / rows / thinness)
    today.clusterVariance += weight * variance
  }
}

/** Adds a difference of location between a window and the previous one, beyond that of their hours. */
export function addStep(today: WindowMemory, step: number): void {
  today.steps += 1
  today.stepSquares += step * step
  today.largestStep = Math.max(today.largestStep, Math.abs(step))
}

/**
 * Adds a day, or another memory, to what is known.
 *
 * @param wasQuiet false for a day that was in alarm for a while: directions of broken data then learn nothing, and the
 *   largest excess of the others stays
 */
export function addMemory(
  known: WindowMemory,
  day: WindowMemory,
  directions: readonly Direction[],
  wasQuiet: boolean,
): void {
  for (const [i, { kind }] of directions.entries()) {
    const isBroken = !wasQuiet && BROKEN.has(kind)
    const excess = day.excess[i] as number
    known.excess[i] = (known.excess[i] as number) + (isBroken ? Math.min(excess, 0) : excess)
    known.bias[i] = (known.bias[i] as number) + (isBroken ? 0 : (day.bias[i] as number))
    if (wasQuiet) known.largest[i] = Math.max(known.largest[i] as number, day.largest[i] as number)
  }
  known.days += day.days
  known.weight += day.weight
  known.noise += day.noise
  known.clusterExcess += day.clusterExcess
  known.clusterVariance += day.clusterVariance
  known.steps += day.steps
  known.stepSquares += day.stepSquares
  known.dayLargest = [...dayLargestOf(known), ...dayLargestOf(day)]
    .toSorted((a, b) => b - a)
    .slice(0, KEPT_DAYS)
  known.largestStep = Math.max(known.largestStep, day.largestStep)
}

function dayLargestOf({ dayLargest, largestStep, days }: WindowMemory): readonly number[] {
  if (dayLargest !== undefined && dayLargest.length > 0) return dayLargest
  return days === 0 ? [] : [largestStep]
}

/**
 * The largest step, but for one day of every twenty: an hour of wrong values, or one thunderstorm, must not decide how far
 * every later step may go.
 */
export function usualLargestStep(memory: WindowMemory): number {
  const largest = dayLargestOf(memory)
  const place = Math.min(KEPT_DAYS - 1, Math.floor(memory.days / DAYS_SET_ASIDE))
  return largest[place] ?? largest.at(-1) ?? 0
}

/** Single bins and the rest: their deviations show how rows cluster. Sums of bins would count them twice. */
function isSingle({ kind, from, to }: Direction): boolean {
  return kind === 'share' && (from > 0 || to === 1)
}
