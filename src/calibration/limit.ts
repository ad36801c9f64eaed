/**
 * How far each direction of a window may lie from what is expected without drift:
 *
 *     T² = u · (z² · (1/n + 1/m) + (margin · q)² · ρ · (1 + 1/days of the level)),  T += margin · ln(1/α) / ln(1+M) · (1/n + ρ_c)
 *
 * u is the variance of one row, n and m the rows of window and baseline, z and q the normal quantile and that of
 * Student's t with as many degrees of freedom as there are days, ρ what windows varied by beyond independent rows, ρ_c
 * the same pooled over the bins (rows come in clusters), M the windows seen. The last term is for shares that are rare.
 * margin: with 30 days and ten directions, 2 to 7 % of the columns lie beyond the quantile that days which follow each
 * other, with heavy tails, should keep; docs/decisions/thresholds.md has the measurements.
 */
import type { WindowMemory } from '../baseline/memory.ts'
import { normalQuantile } from '../drift/distributions.ts'
import { type Direction, type DirectionKind, MEASURED, varianceOfRow } from './directions.ts'
import { studentQuantile } from './student.ts'

const MARGIN = 2.5
/** The largest window of the memory counts as so many standard deviations. */
const LARGEST_DEVIATIONS = 2.5
/** Standard errors that a mean excess has to reach before it is more than noise. */
const NOISE_ERRORS = 4
const DAY_MS = 86_400_000
/**
 * Independent rows use up the budget of false alarms exactly, and a baseline that lies a little off does so every day:
 * they are held to a tenth of it, which costs a tenth of the sensitivity.
 */
const CAUTION = 10
/** Variance of single bins below which the dispersion of clusters is taken to be a part of this. */
const PRIOR_VARIANCE = 0.5
const FEWEST_STEPS = 20
/** A few calm days say nothing of how far the weather can jump. */
const FEWEST_STEP_DAYS = 5
const LEAST_STEP = 0.3

/** Smallest change worth a person's time. Missing and unseen values have counters and alerts of their own. */
const EFFECTS: Readonly<Record<DirectionKind, number>> = {
  share: 0.02,
  unseen: 0.05,
  missing: 0.05,
  far: 0.01,
  location: 0.1,
  inside: 3,
  diversity: 0.1,
  valid: 0.7,
}
const EFFECT_OF_A_DAY: Partial<Readonly<Record<DirectionKind, number>>> = { unseen: 0.03, missing: 0.03 }

/** Before a day was judged, when hours and days of the week are unknown: values are missing more often by night. */
const PROVISIONAL_EFFECTS: Partial<Readonly<Record<DirectionKind, number>>> = {
  unseen: 0.1,
  missing: 0.2,
  far: 0.05,
}

export function effectOf(kind: DirectionKind, windowMs: number): number {
  return (windowMs >= DAY_MS ? EFFECT_OF_A_DAY[kind] : undefined) ?? EFFECTS[kind]
}

export interface LimitInput {
  readonly directions: readonly Direction[]
  readonly memory: WindowMemory
  /** Dispersion of clusters: n rows are worth 1 / (1/n + clusters) independent ones. */
  readonly clusters: number
  /** False alarms that one direction of one look may give, 0…1. */
  readonly tail: number
  readonly rows: number
  readonly baselineRows: number
  /** Days that the level covers, when it is a stretch of the traffic; Infinity when it is a sample of all of it. */
  readonly levelDays: number
  readonly thinness: number
  /** One over the rows that the difference of the hours from the day rests on. */
  readonly inverseHourRows: number
  readonly expected: Float64Array
}

/** The limit of every direction; Infinity while the days are too few. */
export function limitsOf(input: LimitInput): Float64Array {
  const { directions, memory, clusters, tail, rows, baselineRows, levelDays, thinness, expected } = input
  const chance = 1 / rows + 1 / baselineRows + input.inverseHourRows
  const z = normalQuantile(tail / (2 * CAUTION))
  const q = studentQuantile(tail, independentDays(memory))
  const inverse = 1 / rows + clusters * thinness
  const windows = (Math.max(memory.days + 1, 1) * DAY_MS) / memory.windowMs
  const rare = (MARGIN * Math.log(1 / tail)) / Math.log(1 + windows)
  return Float64Array.from(directions, (direction, i) => {
    const variance = Math.max(varianceOfRow(direction, expected[i] as number), (0.5 / windows) * inverse)
    const seen = Math.max(dispersionOf(memory, i), clusters)
    const wander = seen === 0 ? 0 : (MARGIN * q) ** 2 * seen * thinness * (1 + 1 / levelDays)
    const limit = Math.sqrt(variance * (z * z * chance + wander)) + rare * inverse
    return Math.max(limit, effectOf(direction.kind, memory.windowMs))
  })
}

/** Limits before a day was judged: rows are independent but for the clusters, and hours and days are unknown. */
export function provisionalLimits(
  input: Omit<LimitInput, 'memory' | 'levelDays' | 'thinness' | 'inverseHourRows'> & {
    readonly windowMs: number
    /** Whether directions that hours may explain wait. */
    readonly isCautious: boolean
  },
): Float64Array {
  const { directions, clusters, tail, rows, baselineRows, expected, windowMs, isCautious } = input
  const z = normalQuantile(tail / (2 * CAUTION))
  const inverse = 1 / rows + clusters
  const windows = Math.max(baselineRows * inverse, 2)
  const rare = ((MARGIN * Math.log(1 / tail)) / Math.log(1 + windows)) * inverse
  return Float64Array.from(directions, (direction, i) => {
    if (MEASURED.has(direction.kind) && direction.kind !== 'unseen' && direction.kind !== 'far')
      return Infinity
    const variance = Math.max(varianceOfRow(direction, expected[i] as number), 0.5 / baselineRows)
    const limit = Math.sqrt(variance * z * z * (inverse + 1 / baselineRows)) + rare
    const cautious = isCautious ? PROVISIONAL_EFFECTS[direction.kind] : undefined
    return Math.max(limit, cautious ?? effectOf(direction.kind, windowMs))
  })
}

/** Largest difference of location between two neighbouring windows; Infinity while too few were seen. */
export function stepLimit(memory: WindowMemory, tail: number): number {
  const { steps, stepSquares, largestStep } = memory
  if (steps <= FEWEST_STEPS || memory.days < FEWEST_STEP_DAYS) return Infinity
  const q = studentQuantile(tail, independentDays(memory))
  const limit = Math.max(q * Math.sqrt(stepSquares / steps), (q / LARGEST_DEVIATIONS) * largestStep)
  return Math.max(MARGIN * limit, LEAST_STEP)
}

/** What windows varied by in that direction beyond independent rows, as a multiple of one row's variance. */
function dispersionOf({ excess, largest, weight, noise }: WindowMemory, i: number): number {
  if (weight === 0) return 1
  const mean = (excess[i] as number) / weight
  const isNoise = mean < (NOISE_ERRORS * Math.sqrt(noise)) / weight
  return Math.max(isNoise ? 0 : mean, (largest[i] as number) / LARGEST_DEVIATIONS ** 2, 0)
}

/** The same of clusters of rows: pooled over the single bins, 0…1. */
export function clusterDispersion({ clusterExcess, clusterVariance, noise, weight }: WindowMemory): number {
  const prior = PRIOR_VARIANCE * Math.max(0, 1 - clusterVariance / 5)
  if (clusterVariance + prior <= 0) return 1
  const dispersion = (Math.max(clusterExcess, 0) + prior) / (clusterVariance + prior)
  const isNoise = prior === 0 && dispersion < (NOISE_ERRORS * Math.sqrt(noise)) / Math.max(weight, 1e-9)
  return isNoise ? 0 : Math.min(1, dispersion)
}

/** Days that say something of their own; windows of several days share them. */
function independentDays({ days, windowMs }: WindowMemory): number {
  return Math.floor(days / Math.max(1, windowMs / DAY_MS))
}
