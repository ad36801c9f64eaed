// HOT: per head
import { COMMA, isBlank, isNameAt } from './http1-syntax.ts'

/** 15 digits stay below 2^53. */
const LENGTH_DIGITS = 15

export const TRANSFER = { NONE: 0, CHUNKED: 1, OTHER: 2 } as const
export type Transfer = (typeof TRANSFER)[keyof typeof TRANSFER]

/** The value of a Content-Length field, or −1 unless it is plain digits. */
export function parseContentLength(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > LENGTH_DIGITS) return -1
  let length = 0
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] as number) - 0x30
    if (digit < 0 || digit > 9) return -1
    length = length * 10 + digit
  }
  return length
}

/**
 * The value of a Transfer-Encoding field: `CHUNKED` when that is its last coding, `OTHER` without it, and −1 for
 * `chunked` twice, not at the end or with a suffix, which indicates request smuggling.
 */
export function parseTransfer(bytes: Buffer, start: number, end: number): Transfer | -1 {
  let last = end
  while (last > start && bytes[last - 1] !== COMMA) last -= 1
  while (last < end && isBlank(bytes[last])) last += 1
  const isChunked = end - last === 7 && isNameAt(bytes, last, 'chunked')
  if (isChunked && last === start) return TRANSFER.CHUNKED
  const rest = bytes.toString('latin1', start, isChunked ? last : end)
  if (rest.toLowerCase().includes('chunked')) return -1
  return isChunked ? TRANSFER.CHUNKED : TRANSFER.OTHER
}
