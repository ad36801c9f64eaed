import { z } from 'zod'
import { intervalOption } from '../config/primitives.ts'

/** The key `resources`: whose CPU and memory is reported, and how often it is looked at. */
export const resourcesOptions = z.strictObject({
  pid: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      "Process id of the model server in modeltap's PID namespace; descendants are included. Default: the process that listens at the upstream's address.",
    ),
  name: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Name of the model server's program or script, such as tritonserver or serve.py. Needed when modeltap cannot see the owner of the listening socket because it belongs to another user.",
    ),
  interval: intervalOption()
    .prefault('10s')
    .describe(
      'Polling interval for processes and host (duration). A poll reads /proc and starts no process.',
    ),
  gpu: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'NVIDIA GPU metrics from nvidia-smi: `auto` uses it where it is installed, `on` also warns when it is missing, `off` never runs it.',
    ),
  gpuInterval: intervalOption()
    .prefault('15s')
    .describe('Polling interval of nvidia-smi (duration). Scrapes never run it.'),
})
export type ResourcesOptions = z.output<typeof resourcesOptions>
