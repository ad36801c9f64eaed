/** Recognises the form of texts: identifiers and timestamps. */

const UUID = /^\{?[\da-f]{8}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{12}\}?$/i
/** Crockford's base 32. */
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i
const HEX = /^(?:0x)?(?=[\da-f]*\d)[\da-f]{12,128}$/i
/** `cus_9s6XKzkNRiz8i3`, `c-7f3k2a9d0q`: a prefix and a random part with digits. */
const PREFIXED = /^[a-z]{1,12}[-_:](?=[a-z0-9]*\d)[a-z0-9]{8,}$/i

export function isIdentifierForm(text: string): boolean {
  return UUID.test(text) || ULID.test(text) || HEX.test(text) || PREFIXED.test(text)
}

/** ISO 8601 and RFC 3339, also with a space instead of the T. */
const ISO =
  /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/i
const LONGEST_ISO = 40
const DATE_LENGTH = 10

/** A timestamp, or a whole day when it has no time. */
export interface Instant {
  readonly epochMs: number
  readonly isDay: boolean
}

export function parseInstant(text: string): Instant | undefined {
  // The first test is cheap, because it may run for every text of a column.
  if (text.charCodeAt(4) !== 0x2d || text.length > LONGEST_ISO || !ISO.test(text)) return undefined
  const isDay = text.length === DATE_LENGTH
  const hasZone = /(?:Z|[+-]\d{2}(?::?\d{2})?)$/i.test(text.slice(DATE_LENGTH))
  const normal = text
    .replace(' ', 'T')
    .replace(/\s/g, '')
    .replace(',', '.')
    .replace(/([+-]\d{2})(\d{2})$/, '$1:$2')
    .replace(/(T.*[+-]\d{2})$/, '$1:00')
  const epochMs = Date.parse(isDay || hasZone ? normal : `${normal}Z`)
  return Number.isNaN(epochMs) ? undefined : { epochMs, isDay }
}
