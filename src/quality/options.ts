import { z } from 'zod'

const bound = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low <= high, { error: 'allowed: [lowest, highest] with lowest at most highest' })

/** Lowest and highest allowed value by column name. */
export const boundsOption = z
  .record(z.string().min(1), bound)
  .default({})
  .describe(
    'Values that a feature or prediction may have, by its name, as [lowest, highest]; others are counted at once, also while the baseline is being learned.',
  )
export type Bounds = z.output<typeof boundsOption>

export const qualityOptions = z.strictObject({
  lowConfidence: z
    .number()
    .min(0)
    .max(1)
    .default(0.6)
    .describe('Predictions whose highest class probability is at most this are of low confidence, 0 to 1.'),
})
export type QualityOptions = z.output<typeof qualityOptions>
