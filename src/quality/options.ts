import { z } from 'zod'

const bound = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low <= high, { error: 'allowed: [lowest, highest] with lowest at most highest' })

/** Minimum and maximum allowed value by column name. */
export const boundsOption = z
  .record(z.string().min(1), bound)
  .default({})
  .describe(
    'Allowed range of a feature or prediction, by its name, as [lowest, highest]. modeltap counts values outside it at once, even while it learns the baseline. For routes whose structure is learned, `minimum` and `maximum` of the OpenAPI description of the model server count where this key does not name the column.',
  )
export type Bounds = z.output<typeof boundsOption>

export const qualityOptions = z.strictObject({
  lowConfidence: z
    .number()
    .min(0)
    .max(1)
    .default(0.6)
    .describe('Highest class probability, 0 to 1, up to which a prediction counts as low confidence.'),
})
export type QualityOptions = z.output<typeof qualityOptions>
