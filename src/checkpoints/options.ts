import { z } from 'zod'
import { durationOption } from '../config/primitives.ts'

export const stateOptions = z.strictObject({
  directory: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Where modeltap keeps what a restart has to know: windows, the learned baseline, how far log files were read, and after an orderly end the counters. One process at a time keeps its state in a folder. When absent, what was learned outlives the analysis thread and not the process.',
    ),
  interval: durationOption()
    .prefault('1m')
    .describe('Time between two checkpoints, as a duration; a crash loses at most that much.'),
})
export type StateOptions = z.output<typeof stateOptions>
