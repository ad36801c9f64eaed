/** In words: what a window that cannot decide waits for. */
import type { ColumnWindowSnapshot } from './snapshot.ts'

type Deciding = Pick<ColumnWindowSnapshot, 'window' | 'isDecisive'>

/**
 * @param windows of one column, shortest first
 * @returns undefined when every window with enough rows can decide
 */
export function undecidedNote(windows: readonly Deciding[]): string | undefined {
  const undecided = windows.filter(({ isDecisive }) => isDecisive === false).map(({ window }) => window)
  if (undecided.length === 0) return undefined
  const shortest = windows.find(({ isDecisive }) => isDecisive === true)
  const next =
    shortest === undefined
      ? 'no window can yet: more days of traffic, or a baseline of more days, are needed'
      : `the shortest window that can is ${shortest.window}`
  return `${undecided.join(', ')} cannot detect a change in distribution, only missing, unseen and far values; ${next}`
}
