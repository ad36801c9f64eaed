/** Bytes of JSON (RFC 8259), and tests on them shared by its readers. */
export const SPACE = 0x20
export const QUOTE = 0x22
export const PLUS = 0x2b
export const COMMA = 0x2c
export const MINUS = 0x2d
export const POINT = 0x2e
export const ZERO = 0x30
const NINE = 0x39
export const COLON = 0x3a
export const OPEN_ARRAY = 0x5b
export const BACKSLASH = 0x5c
export const CLOSE_ARRAY = 0x5d
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d
/** The last of ASCII. */
export const DEL = 0x7f

/** Decimal digits from which an integer can be beyond 2^53 (9007199254740992 has 16), and becomes text. */
export const LONG_DIGITS = 16

export function isDigit(byte: number | undefined): boolean {
  return (byte as number) >= ZERO && (byte as number) <= NINE
}

/** `e` or `E`. */
export function isExponent(byte: number | undefined): boolean {
  return ((byte as number) | 0x20) === 0x65
}

export function isWhiteSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09
}
