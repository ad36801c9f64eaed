/** One segment of a path, percent-decoding undone; the empty string for none, as it came when it is malformed. */
export function pathSegment(segment: string | undefined): string {
  if (segment === undefined || !segment.includes('%')) return segment ?? ''
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
