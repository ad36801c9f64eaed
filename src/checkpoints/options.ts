import { z } from 'zod'
import { intervalOption } from '../config/primitives.ts'

export const stateOptions = z.strictObject({
  directory: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Directory for the state that a restart needs: windows, the learned baseline, positions in log files, and after an orderly shutdown the counters. Only one process at a time can use it. When absent, the learned state survives a restart of the analysis thread, but not of the process.',
    ),
  interval: intervalOption()
    .prefault('1m')
    .describe('Interval between two checkpoints (duration). A crash loses at most this much.'),
})
export type StateOptions = z.output<typeof stateOptions>
