/**
 * The members that `modeltap status` reads from an admin port's answers. Others are ignored, because the version may
 * differ.
 */
import { z } from 'zod'

const statusAnswer = z.object({
  version: z.string(),
  listen: z.string(),
  upstream: z.string(),
  uptimeSeconds: z.number(),
})

const baselineAnswer = z.object({
  state: z.string(),
  rows: z.number(),
  targetRows: z.number().optional(),
  ratio: z.number().optional(),
  hash: z.string().optional(),
  createdEpochMs: z.number().optional(),
})

const modelsAnswer = z.object({
  models: z.array(
    z.object({
      model: z.string(),
      version: z.string(),
      protocol: z.string(),
      predictionRows: z.number(),
      baseline: baselineAnswer,
      features: z.array(z.unknown()),
      predictions: z.array(z.unknown()),
    }),
  ),
})

const driftAnswer = z.object({
  scores: z.array(
    z.object({
      model: z.string(),
      version: z.string(),
      role: z.string(),
      column: z.string(),
      window: z.string(),
      statistic: z.string(),
      value: z.number().nullable(),
      threshold: z.number().nullable(),
      observations: z.number(),
      drifted: z.boolean(),
      reason: z
        .object({ direction: z.string(), value: z.number(), expected: z.number(), limit: z.number() })
        .optional(),
    }),
  ),
})

const routesAnswer = z.object({
  routes: z.array(
    z.object({
      method: z.string(),
      path: z.string(),
      state: z.string(),
      exchanges: z.number(),
      why: z.string().optional(),
      configuration: z.unknown().optional(),
    }),
  ),
})

/** By path. */
export const ANSWERS = {
  '/api/v1/status': statusAnswer,
  '/api/v1/models': modelsAnswer,
  '/api/v1/drift': driftAnswer,
  '/api/v1/routes': routesAnswer,
} as const

export type AnswerPath = keyof typeof ANSWERS
export type Answer<Path extends AnswerPath> = z.output<(typeof ANSWERS)[Path]>
