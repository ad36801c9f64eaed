/** Parses the values of an outcome: a truth, a time, the name of a row. */
import type { Truth } from './outcome.ts'

/** Maximum characters of a label; a longer text is not a class. */
const LONGEST_LABEL = 256

export function isTruth(value: unknown): value is Truth {
  if (typeof value === 'string') return value !== '' && value.length <= LONGEST_LABEL
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}

/** Above this, a number is in milliseconds: it would be the year 5138 in seconds, and is March 1973 in milliseconds. */
const SECONDS_BELOW = 1e11

/** NaN for values that are not times. */
export function readTime(time: unknown): number {
  if (typeof time === 'number') return Math.abs(time) < SECONDS_BELOW ? time * 1000 : time
  if (typeof time !== 'string' || time.trim() === '') return Number.NaN
  const number = Number(time)
  return Number.isNaN(number) ? Date.parse(time) : readTime(number)
}

/** The id of a row of a batch. */
export const rowId = (id: string, row: number): string => `${id}#${row}`
