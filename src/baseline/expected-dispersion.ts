/**
 * How much a window of live rows may differ from the baseline when nothing has changed, by how long it is.
 *
 * Where the baseline knows over which time its rows came, a window is held against the baseline's own stretches of the
 * same time: five minutes differ by the hour of the day, a whole day does not. What such a stretch varies by beyond
 * independent rows does not depend on how many rows a second there are, so a baseline may be a sample of the traffic.
 * Without that time all windows are held against the stretches that vary most, row for row.
 */
import { SHORTEST_BLOCK } from './dispersion.ts'
import type { Baseline, BaselineColumn } from './baseline.ts'

export interface ExpectedDispersion {
  /** As in `Null`. */
  readonly overdispersion: number
  readonly excess: number
}

/** @returns what to expect of a window over that time, in milliseconds, of so many rows */
export function expectedDispersion(
  { durationSeconds, rows: allRows }: Pick<Baseline, 'durationSeconds' | 'rows'>,
  {
    overdispersion,
    dispersions = [],
    rows = allRows,
  }: Pick<BaselineColumn, 'overdispersion' | 'dispersions' | 'rows'>,
): (spanMs: number, liveRows: number) => ExpectedDispersion {
  const longest = dispersions.at(-1)
  if (durationSeconds === undefined || longest === undefined) return () => ({ overdispersion, excess: 0 })
  const rowsPerMs = rows / (1_000 * durationSeconds)
  // The baseline as a whole is a stretch as well.
  const ofBaseline = (longest - 1) / rows
  return (spanMs, liveRows) => {
    // Seasons go by the time, bursts of one user by the rows: fewer rows than the baseline had are not less alike.
    const byTime = excessOver(spanMs * rowsPerMs, dispersions)
    return { overdispersion: 1, excess: ofBaseline + Math.max(byTime, excessOver(liveRows, dispersions)) }
  }
}

const rowsOf = (length: number): number => SHORTEST_BLOCK * 2 ** length

/** Variance of a share over a stretch of so many rows, beyond that of independent ones and as a multiple of p(1−p). */
export function excessOver(rows: number, dispersions: readonly number[]): number {
  const place = Math.log2(rows / SHORTEST_BLOCK)
  const before = Math.floor(place)
  // A stretch varies at least as much as longer ones, of which it is a part.
  let most = 0
  for (let length = Math.max(0, before + 1); length < dispersions.length; length += 1)
    most = Math.max(most, ((dispersions[length] as number) - 1) / rowsOf(length))
  if (before < 0) return most
  const last = dispersions.length - 1
  const left = dispersions[Math.min(before, last)] as number
  const right = dispersions[Math.min(before + 1, last)] as number
  const ratio = left * (right / left) ** (place - before)
  return Math.max(most, (ratio - 1) / rows)
}
