// HOT: per request

const LENGTH = 55
const DASH = 45
const ZERO = 48

function isLowerHex(text: string, from: number, to: number): boolean {
  for (let index = from; index < to; index += 1) {
    const unit = text.charCodeAt(index)
    if (!((unit >= 48 && unit <= 57) || (unit >= 97 && unit <= 102))) return false
  }
  return true
}

/**
 * The trace id (32 lower-case hexadecimal digits) in a sampled `traceparent` header, so that the exemplar leads to a
 * stored trace; otherwise `undefined`. W3C Trace Context, section 3.2.2.
 */
export function sampledTraceId(header: string | undefined): string | undefined {
  if (header === undefined || header.length < LENGTH) return undefined
  if (header.charCodeAt(2) !== DASH || header.charCodeAt(35) !== DASH || header.charCodeAt(52) !== DASH) {
    return undefined
  }
  // Version 00 has exactly this length; a later version may continue after another dash.
  if (header.length > LENGTH && (header.startsWith('00') || header.charCodeAt(LENGTH) !== DASH))
    return undefined
  if (header.startsWith('ff') || !isLowerHex(header, 0, 2) || !isLowerHex(header, 3, 35)) return undefined
  if (!isLowerHex(header, 36, 52) || !isLowerHex(header, 53, 55)) return undefined
  const flags = header.charCodeAt(54)
  const lowBits = flags <= 57 ? flags - ZERO : flags - 87
  if ((lowBits & 1) === 0) return undefined
  const traceId = header.slice(3, 35)
  return traceId === '00000000000000000000000000000000' ? undefined : traceId
}
