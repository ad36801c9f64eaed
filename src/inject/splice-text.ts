/** Replaces parts of a text by their offsets, all in one pass. */

/** Replaces `text.slice(start, end)` by `insert`; `start === end` inserts. */
export interface TextSplice {
  readonly start: number
  readonly end: number
  readonly insert: string
  /**
   * For lines inserted at the same offset, deeper ones come first because they belong to the preceding content. The
   * value is the column, plus half a column for items of a sequence, which may be in the column of their key.
   */
  readonly depth?: number
}

/** Splices must not overlap; those that insert at the same offset and depth appear in the order given. */
export function spliceText(text: string, splices: readonly TextSplice[]): string {
  const ordered = splices.toSorted(
    (a, b) => a.start - b.start || a.end - b.end || (b.depth ?? 0) - (a.depth ?? 0),
  )
  let result = ''
  let position = 0
  for (const { start, end, insert } of ordered) {
    if (start < position) throw new RangeError(`splice at ${start} overlaps one that ends at ${position}`)
    result += text.slice(position, start) + insert
    position = end
  }
  return result + text.slice(position)
}
