/** One percent-decoded segment of a path; empty without one, unchanged when malformed. */
export function pathSegment(segment: string | undefined): string {
  if (segment === undefined || !segment.includes('%')) return segment ?? ''
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** All of ASCII except `%`, which starts the remaining escapes, and `/`, which would split a segment. */
const ESCAPED_ASCII = /%(?!2[5f])[0-7][\da-f]/gi

/** Normalises a path, so that the client's encoding makes no difference: `%3Apredict` is `:predict`. */
export function plainPath(path: string): string {
  if (!path.includes('%')) return path
  return path.replace(ESCAPED_ASCII, (escape) => {
    const code = Number.parseInt(escape.slice(1), 16)
    return code < 0x20 || code === 0x7f ? escape : String.fromCharCode(code)
  })
}
