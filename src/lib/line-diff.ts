/** A unified diff of two texts for `patch` and `git apply`. */
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'

const CONTEXT_LINES = 3

export interface DiffNames {
  readonly before: string
  readonly after: string
}

/** Empty when the texts are equal. */
export function lineDiff(before: string, after: string, names: DiffNames): string {
  if (before === after) return ''
  return createTwoFilesPatch(names.before, names.after, before, after, undefined, undefined, {
    context: CONTEXT_LINES,
    headerOptions: FILE_HEADERS_ONLY,
  })
}
