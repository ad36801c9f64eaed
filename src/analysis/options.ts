import { z } from 'zod'
import type { BaselineOptions, PrivacyOptions } from '../baseline/options.ts'
import { intervalOption } from '../config/primitives.ts'
import type { DriftOptions } from '../drift/options.ts'
import type { Bounds, QualityOptions } from '../quality/options.ts'

/** Keys of `limits` that bound the number of watched items. */
export const monitorLimits = {
  models: z
    .int()
    .min(1)
    .max(1_000)
    .default(16)
    .describe(
      'Maximum number of models and versions; modeltap counts further ones together as model "other".',
    ),
  features: z
    .int()
    .min(1)
    .max(10_000)
    .default(200)
    .describe('Maximum number of feature columns, and of prediction columns, per model.'),
  categories: z
    .int()
    .min(2)
    .max(1_000)
    .default(50)
    .describe('Maximum number of categories of a column with a bin of their own; the rest is "other".'),
}

export const modelsOption = z
  .array(z.string().min(1))
  .min(1)
  .optional()
  .describe(
    'Models that may appear by name in metrics and pages; modeltap counts all others together as "other". Default: every model with a successful call, unless its name looks like an address or a key.',
  )

export interface MonitorLimits {
  readonly models: number
  readonly features: number
  readonly categories: number
}

export const evaluationOptions = z.strictObject({
  interval: intervalOption()
    .prefault('10s')
    .describe('Interval between two evaluations of all scores (duration).'),
})

/** Configuration for monitors. */
export interface MonitorOptions {
  readonly baseline: BaselineOptions
  readonly privacy?: PrivacyOptions
  /** Lengths in milliseconds, strictly increasing. */
  readonly windows: readonly number[]
  readonly drift: DriftOptions
  readonly limits: MonitorLimits
  readonly evaluation: { readonly interval: number }
  /** False-alarm probability for all windows together, such as those of a whole file; 0…1. */
  readonly perFile?: number
  readonly bounds?: Bounds
  readonly quality?: QualityOptions
}
