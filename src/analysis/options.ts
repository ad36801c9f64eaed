import { z } from 'zod'
import { durationOption } from '../config/primitives.ts'

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
