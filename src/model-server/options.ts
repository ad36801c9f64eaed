import { z } from 'zod'
import { byteSizeOption, durationOption } from '../config/primitives.ts'

/** The key `neighbour`: the model server's own metrics, re-exported beside ours so that a pod has one scrape port. */
export const neighbourOptions = z.strictObject({
  metrics: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'URL of the model server’s own metrics in Prometheus’ text format, such as http://127.0.0.1:8002/metrics; they are answered beside ours, names untouched. Off when absent.',
    ),
  timeout: durationOption()
    .prefault('2s')
    .describe(
      'Time after which a fetch is given up; below the scrape timeout of Prometheus, or both are lost.',
    ),
  maxBytes: byteSizeOption()
    .prefault('4MiB')
    .describe('Largest answer that is taken; a larger one is left out as a whole and counted.'),
})
export type NeighbourOptions = z.output<typeof neighbourOptions>
