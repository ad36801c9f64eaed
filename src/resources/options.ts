import { z } from 'zod'
import { durationOption } from '../config/primitives.ts'

/** The key `resources`: whose CPU and memory is reported, and how often it is looked at. */
export const resourcesOptions = z.strictObject({
  pid: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      "Process id of the model server, as modeltap sees it; its descendants are included. Otherwise the process that listens at the upstream's address is looked for.",
    ),
  name: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Name of the model server’s process where the listening socket’s owner cannot be seen (another user’s): its program or script, such as tritonserver or serve.py.',
    ),
  interval: durationOption()
    .prefault('10s')
    .describe('Time between two looks at processes and host; a look reads /proc and starts nothing.'),
  gpu: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'NVIDIA GPUs through nvidia-smi: auto uses it where it is installed and is silent otherwise, on warns when it is missing, off never starts it.',
    ),
  gpuInterval: durationOption()
    .prefault('15s')
    .describe('Time between two runs of nvidia-smi; scrapes never start one.'),
})
export type ResourcesOptions = z.output<typeof resourcesOptions>
