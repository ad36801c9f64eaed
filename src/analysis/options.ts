import { z } from 'zod'
import type { BaselineOptions, PrivacyOptions } from '../baseline/options.ts'
import { durationOption } from '../config/primitives.ts'
import type { DriftOptions } from '../drift/options.ts'
import type { Bounds, QualityOptions } from '../quality/options.ts'

/** Keys of `limits` that bound what is watched. */
export const monitorLimits = {
  models: z
    .int()
    .min(1)
    .max(1_000)
    .default(16)
    .describe('Models and versions that are told apart; further ones are counted together as model "other".'),
  features: z
    .int()
    .min(1)
    .max(10_000)
    .default(200)
    .describe('Feature columns, and as many prediction columns, that are watched per model.'),
  categories: z
    .int()
    .min(2)
    .max(1_000)
    .default(50)
    .describe('Categories of a column that get a bin of their own; the rest is "other".'),
}

export const modelsOption = z
  .array(z.string().min(1))
  .min(1)
  .optional()
  .describe(
    'The only models that become names in metrics and pages; all others are counted together as "other". Without it every model whose call succeeds is a name, unless it looks like an address or a key.',
  )

export interface MonitorLimits {
  readonly models: number
  readonly features: number
  readonly categories: number
}

export const evaluationOptions = z.strictObject({
  interval: durationOption()
    .prefault('10s')
    .describe('Time between two computations of all scores, as a duration.'),
})

/** The parts of the configuration that monitors read. */
export interface MonitorOptions {
  readonly baseline: BaselineOptions
  readonly privacy?: PrivacyOptions
  /** Lengths in milliseconds, strictly increasing. */
  readonly windows: readonly number[]
  readonly drift: DriftOptions
  readonly limits: MonitorLimits
  readonly evaluation: { readonly interval: number }
  /** Probability of a false alarm when windows are looked at once, as those of a whole file are; 0…1. */
  readonly perFile?: number
  readonly bounds?: Bounds
  readonly quality?: QualityOptions
}
