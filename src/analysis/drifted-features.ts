import { DEVIATION } from '../calibration/verdict.ts'
import type { ColumnSnapshot } from './snapshot.ts'

/** Share of the scored features that drift, by window: their deviation is above 1, as in the alerts. */
export function driftedFeatures(columns: readonly ColumnSnapshot[]): { window: string; ratio: number }[] {
  const counts = new Map<string, { scored: number; drifted: number }>()
  for (const { role, windows } of columns) {
    if (role !== 'feature') continue
    for (const { window, scores } of windows) {
      const deviation = scores.find(({ statistic }) => statistic === DEVIATION)
      if (deviation === undefined) continue
      const count = counts.get(window) ?? { scored: 0, drifted: 0 }
      count.scored += 1
      if (deviation.value > deviation.threshold) count.drifted += 1
      counts.set(window, count)
    }
  }
  return [...counts].map(([window, { scored, drifted }]) => ({ window, ratio: drifted / scored }))
}
