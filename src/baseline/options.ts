import { z } from 'zod'
import { durationOption } from '../config/primitives.ts'

export const baselineOptions = z.strictObject({
  file: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Path of a baseline file made by `modeltap baseline build`; without it the first rows are learned.',
    ),
  learn: z
    .strictObject({
      rows: z
        .int()
        .min(100)
        .max(100_000_000)
        .default(5_000)
        .describe(
          'Rows of a model that make its learned baseline, at least; used when there is no baseline file.',
        ),
      minDuration: durationOption()
        .prefault('10m')
        .describe(
          'Time over which those rows have to come, at least, as a duration; both have to be reached.',
        ),
    })
    .prefault({})
    .describe('How the baseline is learned from live traffic.'),
  kinds: z
    .record(z.string().min(1), z.enum(['numeric', 'discrete', 'categorical']))
    .default({})
    .describe(
      'Kind of a column, by its name, where its values would say something else: postal codes are categorical, a rating from 1 to 5 can be numeric.',
    ),
  missing: z
    .array(z.string().min(1))
    .default([])
    .describe(
      "Spellings of a missing value in input files, beside those that pandas reads as such: ['?', 'unknown'].",
    ),
  newVersion: z
    .enum(['learn', 'previous'])
    .default('learn')
    .describe(
      'Baseline of a model version that appears later and has no file: its own first rows (learn), or the longest live window of the version before it (previous), to compare a canary with the stable version.',
    ),
})
export type BaselineOptions = z.infer<typeof baselineOptions>
