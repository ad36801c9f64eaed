// HOT: per value
/** How the cells of a column are read against a baseline; the same when it is built and when it is compared. */

import { parseInstant } from './value-forms.ts'

/** Whole numbers that a double cannot hold arrive as TEXT of their digits; they are still numbers. */
const LONG_INTEGER = /^-?\d{16,40}$/

/** The number that a TEXT cell stands for, NaN when it is none. */
export function numberOfText(text: string): number {
  if (text.length >= 16 && LONG_INTEGER.test(text)) return Number(text)
  return text.charCodeAt(0) === P || text.charCodeAt(1) === P ? isoDurationMs(text) : Number.NaN
}

const P = 0x50
const ISO_DURATION = /^(-?)P(?=\d|T\d)(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,9})?)S)?)?$/

/** `P1DT2H3M4.5S`, as frames write time differences into JSON, is a number of milliseconds in their other files. */
function isoDurationMs(text: string): number {
  const match = ISO_DURATION.exec(text)
  if (match === null) return Number.NaN
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0'] = match
  const whole = (Number(days) * 24 + Number(hours)) * 60 + Number(minutes)
  const ms = whole * 60_000 + Math.round(Number(seconds) * 1e6) / 1e3
  return sign === '-' ? -ms : ms
}

/** 1973 in seconds: a column of smaller numbers has no instants. */
const FIRST_INSTANT = 1e8
/** What divides milliseconds since 1970 into the unit of a column whose largest value is this. */
const UNITS_FROM = [
  [1e17, 1e-6],
  [1e14, 1e-3],
  [1e11, 1],
] as const

/** The instant that a text is, in the unit in which a column of numbers has instants; NaN for any other text. */
export function instantOfText(text: string, largest: number): number {
  const instant = largest < FIRST_INSTANT ? undefined : parseInstant(text)
  if (instant === undefined) return Number.NaN
  const perUnit = UNITS_FROM.find(([from]) => largest >= from)?.[1] ?? 1e3
  return instant.epochMs / perUnit
}

export function categoryOfBoolean(value: number): string {
  return value === 1 ? 'true' : 'false'
}
