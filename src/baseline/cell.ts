// HOT: per value
/** Reads cells as numbers or instants, in the same way for building and comparing a baseline. */

import { parseInstant } from './value-forms.ts'

/** Whole numbers that a double cannot hold arrive as TEXT of their digits; they still count as numbers. */
const LONG_INTEGER = /^-?\d{16,40}$/

/** The number in a TEXT cell, or NaN. */
export function numberOfText(text: string): number {
  if (text.length >= 16 && LONG_INTEGER.test(text)) return Number(text)
  return text.charCodeAt(0) === P || text.charCodeAt(1) === P ? isoDurationMs(text) : Number.NaN
}

const P = 0x50
const ISO_DURATION = /^(-?)P(?=\d|T\d)(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,9})?)S)?)?$/

/**
 * `P1DT2H3M4.5S` is a time difference in the JSON of data frames; their other file formats write it in milliseconds.
 */
function isoDurationMs(text: string): number {
  const match = ISO_DURATION.exec(text)
  if (match === null) return Number.NaN
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0'] = match
  const whole = (Number(days) * 24 + Number(hours)) * 60 + Number(minutes)
  const ms = whole * 60_000 + Math.round(Number(seconds) * 1e6) / 1e3
  return sign === '-' ? -ms : ms
}

/** 1973 in seconds: columns with smaller maximum values hold no instants. */
const FIRST_INSTANT = 1e8
/** Divisor from milliseconds since 1970 to the unit of a column, by its largest value. */
const UNITS_FROM = [
  [1e17, 1e-6],
  [1e14, 1e-3],
  [1e11, 1],
] as const

/** The instant in a text, in the unit of a numeric column; NaN for any other text. */
export function instantOfText(text: string, largest: number): number {
  const instant = largest < FIRST_INSTANT ? undefined : parseInstant(text)
  if (instant === undefined) return Number.NaN
  const perUnit = UNITS_FROM.find(([from]) => largest >= from)?.[1] ?? 1e3
  return instant.epochMs / perUnit
}

export function categoryOfBoolean(value: number): string {
  return value === 1 ? 'true' : 'false'
}
