import { z } from 'zod'
import { durationOption } from '../config/primitives.ts'

/** The key `objectives`: objectives for the model's alerts. Exported, so that the rules of a fleet need no edit. */
export const objectivesOptions = z.strictObject({
  availability: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe(
      'Target share of inference requests that succeed, such as 0.999. Default: the objective in alerts/rules/settings.yaml.',
    ),
  latency: durationOption()
    .optional()
    .describe(
      'Target latency, such as 200ms. It becomes a bucket bound of the latency histograms. Default: the objective in alerts/rules/settings.yaml.',
    ),
})
export type ObjectivesOptions = z.output<typeof objectivesOptions>
