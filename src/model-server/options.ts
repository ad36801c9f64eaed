import { z } from 'zod'
import { byteSizeOption, durationOption } from '../config/primitives.ts'

/** The key `neighbour`: the model server's own metrics, re-exported beside ours so that a pod has one scrape port. */
export const neighbourOptions = z.strictObject({
  metrics: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      "URL of the model server's own metrics in the Prometheus text format, such as http://127.0.0.1:8002/metrics. /metrics returns them beside modeltap's own, with unchanged names. Off when absent.",
    ),
  timeout: durationOption()
    .prefault('2s')
    .describe(
      'Timeout of a fetch (duration). Keep it below the scrape timeout of Prometheus, or the scrape loses both.',
    ),
  maxBytes: byteSizeOption()
    .prefault('4MiB')
    .describe('Maximum response size. modeltap drops a larger response as a whole and counts it.'),
})
export type NeighbourOptions = z.output<typeof neighbourOptions>
