/** Parses timestamps in log formats to milliseconds since the Unix epoch. */

/** Plain numbers are seconds below this (the year 5138), then milliseconds, microseconds, nanoseconds. */
const SECONDS_BELOW = 1e11
const MILLISECONDS_BELOW = 1e14
const MICROSECONDS_BELOW = 1e17

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const NUMBER = /^\d+(?:\.\d+)?$/
/**
 * `2025-03-01T10:00:00.123456+01:00`; a space may replace the T; without an offset it is UTC, in any time zone of the
 * machine.
 */
const ISO =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d+))?\s*(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?$/i
/** `10/Oct/2025:13:55:36 +0200` in access logs. */
const CLF = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})$/

/** ISO 8601, the access-log format, or a number (or its digits) since 1970; `undefined` for anything else. */
export function parseTimestamp(value: unknown): number | undefined {
  if (typeof value === 'number') return epochMsOf(value)
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (NUMBER.test(text)) return epochMsOf(Number(text))
  return parseIso(text) ?? parseClf(text)
}

function epochMsOf(value: number): number | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined
  if (value < SECONDS_BELOW) return value * 1e3
  if (value < MILLISECONDS_BELOW) return value
  return value < MICROSECONDS_BELOW ? value / 1e3 : value / 1e6
}

function parseIso(text: string): number | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const [, date = '', time = '00:00', fraction, zone = 'Z'] = match
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')
  const seconds = time.length === 5 ? `${time}:00` : time
  // Engines agree on at most three fractional digits; the rest is added separately.
  const fractionMs = fraction === undefined ? 0 : Number(`0.${fraction}`) * 1e3
  return finite(Date.parse(`${date}T${seconds}${offset.toUpperCase()}`) + fractionMs)
}

function parseClf(text: string): number | undefined {
  const match = CLF.exec(text)
  if (match === null) return undefined
  const [, day, name = '', year, time, hours, minutes] = match
  const month = String(MONTHS.indexOf(name) + 1).padStart(2, '0')
  return finite(Date.parse(`${year}-${month}-${day}T${time}${hours}:${minutes}`))
}

function finite(epochMs: number): number | undefined {
  return Number.isFinite(epochMs) ? epochMs : undefined
}
