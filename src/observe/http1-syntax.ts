// HOT: per byte of a head
/** Characters of HTTP/1.x (RFC 9110 and RFC 9112) and tests on them, shared by several readers. */
export const HT = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SP = 0x20
export const COMMA = 0x2c
export const COLON = 0x3a
export const SEMICOLON = 0x3b
export const DEL = 0x7f

export const VERSION = 'HTTP/1.'
/** Longer method tokens indicate another protocol. */
export const LONGEST_METHOD = 32

/** 1 for the characters of a `token` (RFC 9110, section 5.6.2). */
export const TOKEN = new Uint8Array(256)
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  TOKEN[char.charCodeAt(0)] = 1
}

/** Optional white space around values. */
export function isBlank(byte: number | undefined): boolean {
  return byte === SP || byte === HT
}

/** The value of a hexadecimal digit, −1 for any other byte. */
export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** Whether the bytes at `at` are those of `text`. */
export function isTextAt(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    if (bytes[at + i] !== text.charCodeAt(i)) return false
  }
  return true
}

/** Like `isTextAt` with ASCII letters in either case; `name` is in lower case. */
export function isNameAt(bytes: Uint8Array, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i += 1) {
    const byte = bytes[at + i] as number
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    if (lower !== name.charCodeAt(i)) return false
  }
  return true
}

/**
 * Whether the bytes start with a whole request line: an upper-case method, a target, a version, CRLF. Used to find
 * framing again after a gap, so it is stricter than a synchronised reader.
 */
export function startsRequest(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at < end && at - start <= LONGEST_METHOD && isMethodByte(bytes[at] as number)) at += 1
  if (at === start || bytes[at] !== SP) return false
  at += 1
  const targetStart = at
  while (at < end && (bytes[at] as number) > SP && bytes[at] !== DEL) at += 1
  // After the target: SP, `HTTP/1.`, a digit, CR, LF.
  if (at === targetStart || bytes[at] !== SP || end - at < 11) return false
  if (!isTextAt(bytes, at + 1, VERSION)) return false
  const digit = bytes[at + 8] as number
  return digit >= 0x30 && digit <= 0x39 && bytes[at + 9] === CR && bytes[at + 10] === LF
}

function isMethodByte(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || byte === 0x2d || byte === 0x5f
}
