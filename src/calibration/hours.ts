/**
 * The expected shares and location by hour of the day. Hours are interpolated linearly between their middles, so a
 * window's expectation does not jump at the start of an hour.
 */

import type { HourCounts } from '../baseline/memory.ts'

export const HOURS = 24
const HOUR_MS = 3_600_000
/** Prior for each hour: this many rows with the distribution of the whole day. */
const PRIOR_ROWS = 30

export function emptyHours(hours: number, bins: number): HourCounts {
  return {
    bins: Array.from({ length: hours }, () => new Array<number>(bins).fill(0)),
    values: new Array<number>(hours).fill(0),
    locations: new Array<number>(hours).fill(0),
  }
}

/** The expectation over a whole day. */
export interface Level {
  readonly shares: Float64Array
  readonly location: number
}

/** The expectation at the middle of each hour. */
export interface HourlyLevel {
  readonly shares: readonly Float64Array[]
  readonly locations: Float64Array
}

/** The level of the learned days; undefined without rows. */
export function levelOfHours({ bins, values, locations }: HourCounts): Level | undefined {
  const shares = new Float64Array(bins[0]?.length ?? 0)
  for (const counts of bins)
    for (const [bin, count] of counts.entries()) shares[bin] = (shares[bin] as number) + count
  const rows = sum(shares)
  if (rows === 0) return undefined
  for (let bin = 0; bin < shares.length; bin += 1) shares[bin] = (shares[bin] as number) / rows
  return { shares, location: sum(locations) / Math.max(sum(values), 1) }
}

/** Distributes a level over the hours in the pattern of the learned days. */
export function hourlyLevel(level: Level, hours: HourCounts): HourlyLevel {
  const overall = levelOfHours(hours)
  if (overall === undefined)
    return {
      shares: hours.bins.map(() => level.shares),
      locations: new Float64Array(hours.bins.length).fill(level.location),
    }
  return {
    shares: hours.bins.map((counts) => {
      const rows = sum(counts)
      const spread = level.shares.map((share, bin) => {
        const average = overall.shares[bin] as number
        const ratio =
          average > 0 ? ((counts[bin] as number) + PRIOR_ROWS * average) / (rows + PRIOR_ROWS) / average : 1
        return share * ratio
      })
      const total = sum(spread)
      return total > 0 ? spread.map((share) => share / total) : level.shares
    }),
    locations: Float64Array.from(hours.values, (values, hour) => {
      const own = ((hours.locations[hour] as number) + PRIOR_ROWS * overall.location) / (values + PRIOR_ROWS)
      return level.location + own - overall.location
    }),
  }
}

/** The level of a window, given its number of rows by hour. */
export function levelAt({ shares, locations }: HourlyLevel, weights: Float64Array): Level {
  const [first = new Float64Array(0)] = shares
  if (shares.length === 1) return { shares: first, location: locations[0] as number }
  const total = sum(weights)
  const mixed = new Float64Array(first.length)
  let location = 0
  for (let hour = 0; hour < shares.length; hour += 1) {
    const weight = total > 0 ? (weights[hour] as number) / total : 1 / shares.length
    if (weight === 0) continue
    const own = shares[hour] as Float64Array
    for (let bin = 0; bin < mixed.length; bin += 1)
      mixed[bin] = (mixed[bin] as number) + weight * (own[bin] as number)
    location += weight * (locations[hour] as number)
  }
  return { shares: mixed, location }
}

/** Fractions of a row, divided between two hours: panes store whole numbers. */
export const PARTS = 64

/** Divides rows of one moment, in 64 parts each, between the two nearest middles of hours. */
export function addRowsAt(epochMs: number, rows: number, weights: Float64Array): void {
  const position = (((epochMs / HOUR_MS) % HOURS) + HOURS - 0.5) % HOURS
  const hour = Math.floor(position)
  const part = position - hour
  const next = (hour + 1) % HOURS
  const later = Math.round(rows * PARTS * part)
  weights[hour] = (weights[hour] as number) + rows * PARTS - later
  weights[next] = (weights[next] as number) + later
}

/**
 * By how much the learned days have fewer rows at the hours of a window than on average, 1…50. Below half of the
 * average, fewer sources contribute, and shares vary more.
 */
export function thinness({ bins }: HourCounts, weights: Float64Array): number {
  if (bins.length === 1) return 1
  const rows = bins.map(sum)
  const total = sum(weights)
  const all = sum(rows)
  if (all === 0 || total === 0) return 1
  const here = rows.reduce((mean, count, hour) => mean + (count * (weights[hour] as number)) / total, 0)
  return Math.min(50, Math.max(1, all / rows.length / (2 * Math.max(here, 1e-9))))
}

/**
 * 1 / (rows behind the hourly part of an expectation): an hour with few learned rows barely shows its difference from
 * the day.
 */
export function inverseHourRows({ bins }: HourCounts, weights: Float64Array): number {
  const total = sum(weights)
  if (bins.length === 1 || total === 0) return 0
  return bins.reduce((inverse, counts, hour) => {
    const rows = sum(counts)
    const weight = (weights[hour] as number) / total
    return inverse + (weight * weight * rows) / (rows + PRIOR_ROWS) ** 2
  }, 0)
}

/**
 * Σ of squared shares of the hours: the part of one hour's dispersion that remains in a window of several independent
 * hours.
 */
export function concentration(weights: Float64Array): number {
  const total = sum(weights)
  if (total === 0) return 1
  return weights.reduce((squares, weight) => squares + (weight / total) ** 2, 0)
}

function sum(values: ArrayLike<number>): number {
  let total = 0
  for (let i = 0; i < values.length; i += 1) total += values[i] as number
  return total
}
