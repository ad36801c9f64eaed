/**
 * Removes identifiers from a path, so that `/devices/9f3c21ab77e0/score` and similar paths are one route. Words stay,
 * and so do versions such as `v1` and `v1.0`.
 */

const ID = '{id}'
const NUMBER = /^\d+$/
const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i
/** Eight hexadecimal characters or more with at least one digit: `deadbeef` may be a word. */
const HEX = /^(?=[a-f]*\d)[0-9a-f]{8,}$/i
const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/
/** A few letters, optionally a dash, and three or more digits: `u1200`, `CUST-00071`; but `v205` is a version. */
const NUMBERED = /^(?!v\d{3}$)[A-Za-z]{1,8}[-_]?\d{3,}$/
/** Patterns of names, addresses and phone numbers of persons. */
const PERSONAL = /@|%40|^\+?\d[\d\s().-]{6,}$/
const LONG_MIXED = /^(?=.*\d)(?=.*[A-Za-z])[\w~-]{20,}$/
/** An action after an identifier: `sessions/7f3a…:detectIntent`. */
const VERB = /(?<=.):[A-Za-z]{2,32}$/
const DATE = /^\d{4}-\d{2}-\d{2}$/

/** Maximum segments of a route; deeper ones are merged. */
const MAX_SEGMENTS = 16
const MAX_SEGMENT = 64

export function foldPath(path: string): string {
  const segments = path.split('/')
  const kept = segments.length > MAX_SEGMENTS ? [...segments.slice(0, MAX_SEGMENTS), '{rest}'] : segments
  return kept.map(foldSegment).join('/')
}

function foldSegment(segment: string): string {
  const verb = VERB.exec(segment)
  if (verb !== null) return `${foldSegment(segment.slice(0, verb.index))}${verb[0]}`
  if (segment.length > MAX_SEGMENT) return ID
  const isId =
    NUMBER.test(segment) ||
    UUID.test(segment) ||
    HEX.test(segment) ||
    ULID.test(segment) ||
    NUMBERED.test(segment) ||
    LONG_MIXED.test(segment) ||
    (PERSONAL.test(segment) && !DATE.test(segment))
  return isId ? ID : segment
}

/** A path in the configuration: `{name}` and `*` match any single segment. */
export function compilePathPattern(pattern: string): (path: string) => boolean {
  const wanted = pattern.replace(/(.)\/$/, '$1').split('/')
  const isOpen = wanted.map((segment) => segment === '*' || /^\{[^{}]*\}$/.test(segment))
  return (path) => {
    const segments = path.replace(/(.)\/$/, '$1').split('/')
    if (segments.length !== wanted.length) return false
    return segments.every((segment, index) => isOpen[index] === true || segment === wanted[index])
  }
}

export function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase()
}
