import { z } from 'zod'
import { durationOption } from '../config/primitives.ts'

/** The key `objectives`: what the model's alerts hold it to. Exported, so that the rules of a fleet need no edit. */
export const objectivesOptions = z.strictObject({
  availability: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe(
      'Share of the inference requests that the model must not fail, such as 0.999; otherwise that of alerts/rules/settings.yaml.',
    ),
  latency: durationOption()
    .optional()
    .describe(
      'Time within which an answer must come, such as 200ms; it becomes a bucket bound of the latency histograms. Otherwise that of alerts/rules/settings.yaml.',
    ),
})
export type ObjectivesOptions = z.output<typeof objectivesOptions>
