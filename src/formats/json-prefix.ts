/**
 * Reads the beginning of a truncated JSON object: the first members of a body beyond the copy's limit. Strings are
 * skipped, so a picture in base64 costs next to nothing.
 */
import type { JsonObject } from './json-value.ts'

const QUOTE = 34
const BACKSLASH = 92
/** Maximum members of the outermost object. */
const MOST_MEMBERS = 1_000
/** A longer text is not a name. */
const LONGEST_TEXT = 1_024

/**
 * The members of the outermost object up to the end of the bytes. Nested lists and objects are shown as `[]` or `{}`;
 * texts over a kilobyte are omitted.
 */
export function jsonPrefix(bytes: Uint8Array): JsonObject {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const members: [string, unknown][] = []
  let at = skipSpace(body, 0)
  if (body[at] !== 0x7b) return {}
  at += 1
  while (members.length < MOST_MEMBERS) {
    at = skipSpace(body, at)
    if (body[at] === 0x2c) at = skipSpace(body, at + 1)
    const keyEnd = body[at] === QUOTE ? stringEnd(body, at) : -1
    if (keyEnd === -1) break
    const key = parsed(body, at, keyEnd)
    at = skipSpace(body, keyEnd)
    if (typeof key !== 'string' || body[at] !== 0x3a) break
    at = skipSpace(body, at + 1)
    const first = body[at]
    if (first === 0x5b || first === 0x7b) members.push([key, first === 0x5b ? [] : {}])
    const end = valueEnd(body, at)
    if (end === -1) break
    if (first !== 0x5b && first !== 0x7b && end - at <= LONGEST_TEXT)
      members.push([key, parsed(body, at, end)])
    at = end
  }
  return Object.fromEntries(members)
}

/** End of the value that starts at `at`; −1 when the bytes end before it. */
function valueEnd(body: Buffer, at: number): number {
  const first = body[at]
  if (first === QUOTE) return stringEnd(body, at)
  if (first === 0x5b || first === 0x7b) return nestedEnd(body, at)
  for (let end = at; end < body.length; end += 1) {
    const byte = body[end]
    if (byte === 0x2c || byte === 0x7d) return end
  }
  return -1
}

function nestedEnd(body: Buffer, start: number): number {
  let depth = 0
  let at = start
  while (at < body.length) {
    const byte = body[at]
    if (byte === QUOTE) {
      at = stringEnd(body, at)
      if (at === -1) return -1
      continue
    }
    if (byte === 0x5b || byte === 0x7b) depth += 1
    else if (byte === 0x5d || byte === 0x7d) {
      depth -= 1
      if (depth === 0) return at + 1
    }
    at += 1
  }
  return -1
}

/** Position after the closing quote. */
function stringEnd(body: Buffer, start: number): number {
  for (let at = start + 1; ; at += 1) {
    at = body.indexOf(QUOTE, at)
    if (at === -1) return -1
    let backslashes = 0
    while (body[at - 1 - backslashes] === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return at + 1
  }
}

function skipSpace(body: Buffer, start: number): number {
  let at = start
  while (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09) at += 1
  return at
}

function parsed(body: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(body.toString('utf8', start, end))
  } catch {
    return undefined
  }
}
