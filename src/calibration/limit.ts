/**
 * How far each direction of a window may lie from what is expected without drift:
 *
 *     T² = u · (z² · (1/n + 1/m) + (margin · q)² · ρ · (1 + 1/days of the level)),  T += margin · ln(1/α) / ln(1+M) · (1/n + ρ_c)
 *
 * u is the variance of one row; n and m are the rows of window and baseline; z is the normal quantile; q is the
 * quantile of Student's t with as many degrees of freedom as days; ρ is the variation of windows beyond independent
 * rows; ρ_c is the same pooled over the bins (rows come in clusters); M is the number of windows seen. The last term
 * covers rare shares. margin: with 30 days and ten directions, 2 to 7 % of the columns exceed the nominal quantile,
 * because successive days are correlated and have heavy tails; docs/decisions/thresholds.md has the measurements.
 */
import type { WindowMemory } from '../baseline/memory.ts'
import { normalQuantile } from '../drift/distributions.ts'
import { type Direction, type DirectionKind, MEASURED, varianceOfRow } from './directions.ts'
import { studentQuantile } from './student.ts'
import { usualLargestStep } from './window-memory.ts'

const MARGIN = 2.5
/** The largest window of the memory counts as this many standard deviations. */
const LARGEST_DEVIATIONS = 2.5
/** Standard errors above which a mean excess is more than noise. */
const NOISE_ERRORS = 4
const DAY_MS = 86_400_000
/**
 * Independent rows would use up the whole false-alarm budget, and a slightly wrong baseline would exceed it every day.
 * They get a tenth of the budget, which costs a tenth of the sensitivity.
 */
const CAUTION = 10
/** Below this variance of single bins, the cluster dispersion is taken as a fraction of this value. */
const PRIOR_VARIANCE = 0.5
/** Judged days from which on a direction that never moved counts as one that does not. */
const FEWEST_QUIET_DAYS = 5
const FEWEST_STEPS = 20
/** A few calm days do not show how large a step can be. */
const FEWEST_STEP_DAYS = 5
const LEAST_STEP = 0.3
/** A step is one direction of its own and needs less of a margin: docs/decisions/thresholds.md has the measurements. */
const STEP_MARGIN = 2

/** The smallest relevant change. Missing and unseen values have their own counters and alerts. */
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

/** Effects before a day was judged, while hours and weekdays are unknown: more values are missing at night. */
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
  /** Cluster dispersion: n rows are worth 1 / (1/n + clusters) independent ones. */
  readonly clusters: number
  /** False-alarm probability of one direction in one look, 0…1. */
  readonly tail: number
  readonly rows: number
  readonly baselineRows: number
  /** Days that the level covers, when it is a stretch of the traffic; Infinity when it is a sample of all traffic. */
  readonly levelDays: number
  readonly thinness: number
  /** 1 / (rows behind the difference between the hours and the day). */
  readonly inverseHourRows: number
  readonly expected: Float64Array
}

/** The limit of every direction; Infinity with too few days. */
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

/** Limits before a day was judged: rows are independent apart from clusters; hours and days are unknown. */
export function provisionalLimits(
  input: Omit<LimitInput, 'memory' | 'levelDays' | 'thinness' | 'inverseHourRows'> & {
    readonly windowMs: number
    /** Whether directions that depend on the hour wait. */
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

/** Largest difference of location between two neighbouring windows; Infinity with too few windows. */
export function stepLimit(memory: WindowMemory, tail: number): number {
  const { steps, stepSquares } = memory
  if (steps <= FEWEST_STEPS || memory.days < FEWEST_STEP_DAYS) return Infinity
  const q = studentQuantile(tail, independentDays(memory))
  const limit = Math.max(
    q * Math.sqrt(stepSquares / steps),
    (q / LARGEST_DEVIATIONS) * usualLargestStep(memory),
  )
  return Math.max(STEP_MARGIN * limit, LEAST_STEP)
}

/** Variation of windows in that direction beyond independent rows, as a multiple of one row's variance. */
function dispersionOf({ days, excess, largest, weight, noise }: WindowMemory, i: number): number {
  if (weight === 0) return 1
  const mean = (excess[i] as number) / weight
  const leastKnown = (NOISE_ERRORS * Math.sqrt(noise)) / weight
  // That a direction did not move for a few days says little of the next holiday.
  const isNoise = mean < leastKnown
  return Math.max(
    isNoise ? (days < FEWEST_QUIET_DAYS ? leastKnown : 0) : mean,
    (largest[i] as number) / LARGEST_DEVIATIONS ** 2,
    0,
  )
}

/** The same for clusters of rows: pooled over single bins, 0…1. */
export function clusterDispersion({ clusterExcess, clusterVariance, noise, weight }: WindowMemory): number {
  const prior = PRIOR_VARIANCE * Math.max(0, 1 - clusterVariance / 5)
  if (clusterVariance + prior <= 0) return 1
  const dispersion = (Math.max(clusterExcess, 0) + prior) / (clusterVariance + prior)
  const isNoise = prior === 0 && dispersion < (NOISE_ERRORS * Math.sqrt(noise)) / Math.max(weight, 1e-9)
  return isNoise ? 0 : Math.min(1, dispersion)
}

/** Independent days; windows of several days share them. */
function independentDays({ days, windowMs }: WindowMemory): number {
  return Math.floor(days / Math.max(1, windowMs / DAY_MS))
}
