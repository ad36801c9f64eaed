import { z } from 'zod'
import { durationOption } from '../config/primitives.ts'
import { formatDuration } from '../lib/duration.ts'

const SHORTEST_MS = 1_000
const LONGEST_MS = 31 * 86_400_000
const MOST = 6

/** Lengths in milliseconds, strictly increasing. */
export const windowsOptions = z
  .array(durationOption())
  .min(1)
  .max(MOST)
  .superRefine((windows, context) => {
    for (const [index, windowMs] of windows.entries()) {
      const previous = windows[index - 1]
      const problem =
        windowMs < SHORTEST_MS || windowMs > LONGEST_MS
          ? 'is not a possible window; allowed: 1s to 31d'
          : previous !== undefined && windowMs <= previous
            ? `comes after "${formatDuration(previous)}"; allowed: windows that grow, such as [5m, 1h, 1d]`
            : undefined
      if (problem === undefined) continue
      const message = `"${formatDuration(windowMs)}" ${problem}`
      context.addIssue({ code: 'custom', path: [index], message, input: windowMs })
    }
  })
  .prefault(['5m', '1h', '1d'])
  .describe(
    'Sliding windows of live rows to compare with the baseline, shortest first (durations). Each window advances in ten panes, so a window of 1h covers the last 54 to 60 minutes.',
  )
