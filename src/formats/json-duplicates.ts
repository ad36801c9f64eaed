/** Counts repeated member names in JSON objects; `JSON.parse` keeps the last one. */

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Deeper objects are not checked. */
const MAX_DEPTH = 64

/**
 * @param bytes a body that was parsed
 * @returns 0 for anything other than a JSON object or list; names are compared in their written form, including escapes
 */
export function countDuplicateKeys(bytes: Buffer): number {
  const first = bytes.find((byte) => byte > 0x20)
  if (first !== OPEN_OBJECT && first !== OPEN_LIST) return 0
  const objects: (Set<string> | undefined)[] = []
  let depth = 0
  let count = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (depth < MAX_DEPTH) objects[depth] = byte === OPEN_OBJECT ? new Set() : undefined
      depth += 1
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth -= 1
    else if (byte === QUOTE) {
      const end = endOfText(bytes, at)
      if (end === -1) return count
      const names = depth <= MAX_DEPTH ? objects[depth - 1] : undefined
      if (names !== undefined && isName(bytes, end)) {
        const name = bytes.toString('latin1', at + 1, end)
        if (names.has(name)) count += 1
        else names.add(name)
      }
      at = end
    }
  }
  return count
}

/** Position of the closing quote; -1 without one. */
function endOfText(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(QUOTE, start + 1); end !== -1; end = bytes.indexOf(QUOTE, end + 1)) {
    let escapes = 0
    while (bytes[end - 1 - escapes] === BACKSLASH) escapes += 1
    if (escapes % 2 === 0) return end
  }
  return -1
}

function isName(bytes: Buffer, end: number): boolean {
  let at = end + 1
  while ((bytes[at] ?? COLON) <= 0x20) at += 1
  return bytes[at] === COLON
}
