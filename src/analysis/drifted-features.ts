import type { ColumnSnapshot } from './snapshot.ts'

/** Share of the features with a score of which any score is above its threshold, by window. */
export function driftedFeatures(columns: readonly ColumnSnapshot[]): { window: string; ratio: number }[] {
  const counts = new Map<string, { scored: number; drifted: number }>()
  for (const { role, windows } of columns) {
    if (role !== 'feature') continue
    for (const { window, scores } of windows) {
      if (scores.length === 0) continue
      const count = counts.get(window) ?? { scored: 0, drifted: 0 }
      count.scored += 1
      if (scores.some(({ value, threshold }) => value > threshold)) count.drifted += 1
      counts.set(window, count)
    }
  }
  return [...counts].map(([window, { scored, drifted }]) => ({ window, ratio: drifted / scored }))
}
