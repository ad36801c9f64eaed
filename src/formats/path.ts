/** One segment of a path, percent-decoding undone; the empty string for none, as it came when it is malformed. */
export function pathSegment(segment: string | undefined): string {
  if (segment === undefined || !segment.includes('%')) return segment ?? ''
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** All of ASCII but `%`, which begins the escapes that stay, and `/`, which would make two segments of one. */
const ESCAPED_ASCII = /%(?!2[5f])[0-7][\da-f]/gi

/** A path in which how a client encodes its characters makes no difference: `%3Apredict` is `:predict`. */
export function plainPath(path: string): string {
  if (!path.includes('%')) return path
  return path.replace(ESCAPED_ASCII, (escape) => {
    const code = Number.parseInt(escape.slice(1), 16)
    return code < 0x20 || code === 0x7f ? escape : String.fromCharCode(code)
  })
}
