/**
 * What the beginning of a JSON object shows: a body over the limit of the copies has its first members all the same.
 * Strings are jumped over, so that a picture in base64 costs next to nothing.
 */
import type { JsonObject } from './json-value.ts'

const QUOTE = 34
const BACKSLASH = 92
/** Members of the outermost object that are looked for at most. */
const MOST_MEMBERS = 1_000
/** A text that is longer is no name. */
const LONGEST_TEXT = 1_024

/**
 * The members of the outermost object up to where the bytes end. Of a list or an object inside only that it has begun
 * is shown, as `[]` or `{}`; texts over a kilobyte are left out.
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

/** Where the value ends that begins at `at`; −1 when the bytes end before. */
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

/** Behind the closing quote. */
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
