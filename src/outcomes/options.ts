import { z } from 'zod'
import { byteSizeOption, durationOption, durationOrNoneOption } from '../config/primitives.ts'
import { DEFAULT_DETECTORS, DETECTOR_NAMES } from './detectors/index.ts'
import { ID_SOURCE_FORMS, parseIdSource } from './id-source.ts'
import { isStoreAddress, STORE_FORMS } from './store-address.ts'

export const TASKS = ['auto', 'classification', 'regression'] as const
export type TaskOption = (typeof TASKS)[number]

const taskShape = {
  task: z
    .enum(TASKS)
    .default('auto')
    .describe('Task of the model; `auto` detects it from predictions and labels.'),
  positive: z
    .union([z.string(), z.number(), z.boolean()])
    .optional()
    .describe(
      'Positive class of a binary classifier. Default: 1 of 0 and 1, true of false and true, otherwise the class that the score is the probability of, or the last one in alphabetical order.',
    ),
  threshold: z
    .number()
    .default(0.5)
    .describe(
      'Decision threshold: a score at or above it means the positive class. Used when a prediction is only a score.',
    ),
  classes: z
    .array(z.string().min(1))
    .default([])
    .describe('Class names in the order of their numbers, for predictions or labels that are class numbers.'),
}

const outputOptions = z.strictObject({
  prediction: z
    .string()
    .min(1)
    .describe('The prediction column that holds the answer: a class, a number or a score.'),
  score: z
    .string()
    .min(1)
    .optional()
    .describe('The prediction column that holds the probability of the positive class.'),
  task: taskShape.task.optional(),
  positive: taskShape.positive,
  threshold: taskShape.threshold.optional(),
  classes: taskShape.classes.optional(),
})
export type OutputOptions = z.output<typeof outputOptions>

export const outcomesOptions = z.strictObject({
  enabled: z
    .boolean()
    .optional()
    .describe(
      'Whether modeltap keeps predictions to join them with labels. Default: on when labels can arrive, that is with an admin token, outcomes.files or cloudevents.listen.',
    ),
  id: z
    .string()
    .superRefine((text, context) => {
      if (parseIdSource(text) !== undefined) return
      context.addIssue({
        code: 'custom',
        message: `"${text}" is not a source of ids; allowed: ${ID_SOURCE_FORMS}`,
      })
    })
    .optional()
    .describe(
      "Location of a prediction's id: a JSONPath, tried in the request first and then in the response ($.order_id), `header:NAME`, or `column:NAME`. Default: the first present of X-Amzn-SageMaker-Inference-Id, ce-id, the id of the protocol, x-request-id, the trace id of traceparent.",
    ),
  store: z
    .string()
    .refine(isStoreAddress, {
      error: ({ input }) =>
        `"${String(input).replace(/\/\/.*@/, '//(hidden)@')}" is not a store; allowed: ${STORE_FORMS}`,
    })
    .default('memory')
    .describe(
      'Store for predictions that wait for labels: memory, sqlite (in state.directory) or redis://host:6379 (Redis or Valkey, shared by several replicas).',
    ),
  storeUser: z.string().min(1).optional().describe('User name for the Redis store.'),
  storePassword: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe('Password for the Redis store. Set it by the environment variable.'),
  key: z
    .string()
    .min(16)
    .optional()
    .meta({ secret: true })
    .describe(
      'Secret (at least 16 characters) for the hashes of ids. Replicas that share a store need the same one. Default: the shared store generates one.',
    ),
  horizon: durationOption()
    .prefault('24h')
    .describe('Maximum time that a prediction waits for its label (duration).'),
  maxPending: z
    .int()
    .min(1_000)
    .max(100_000_000)
    .default(1_000_000)
    .describe(
      'Maximum number of waiting predictions. Beyond it modeltap drops the oldest and counts it (store_full).',
    ),
  share: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe(
      'Sampling share of ids, 0 to 1. A hash of the id decides, so every replica and every labeller can compute it.',
    ),
  settle: durationOrNoneOption()
    .prefault('5s')
    .describe(
      'Time that modeltap holds a label before it counts it (duration). Of several labels for one id within that time, the last one counts.',
    ),
  wait: durationOrNoneOption()
    .prefault('10s')
    .describe(
      'Time for which modeltap retries a label with an unknown id (duration), because a label can arrive before the analysis of its prediction.',
    ),
  windows: z
    .array(durationOption())
    .min(1)
    .max(6)
    .prefault(['1h', '1d', '7d'])
    .describe(
      'Window lengths of the performance gauges (durations), by the time at which modeltap counted the labels.',
    ),
  minSamples: z
    .int()
    .min(10)
    .default(200)
    .describe('Minimum number of labelled predictions before a window has performance gauges.'),
  windowRows: z
    .int()
    .min(1_000)
    .max(10_000_000)
    .default(100_000)
    .describe(
      'Maximum number of labelled predictions kept for the windows of one output, 32 bytes each. Beyond it a window holds the latest ones.',
    ),
  referenceRows: z
    .int()
    .min(100)
    .default(1_000)
    .describe(
      'Number of labelled predictions from which modeltap learns the reference performance when the baseline has none.',
    ),
  ...taskShape,
  outputs: z
    .record(z.string().min(1).max(128), outputOptions)
    .default({})
    .describe('Names of the outputs that get labels. Default: modeltap detects them.'),
  maxClasses: z
    .int()
    .min(2)
    .max(50)
    .default(20)
    .describe('Maximum number of classes of an output; the rest is "other".'),
  scoreBins: z
    .int()
    .min(5)
    .max(200)
    .default(20)
    .describe(
      'Number of bins of the score counters. The ROC curve of a fleet comes from them; more bins give a closer AUC.',
    ),
  detectors: z
    .array(z.enum(DETECTOR_NAMES))
    .default([...DEFAULT_DETECTORS])
    .describe('Concept drift detectors to run on the errors of each output.'),
  files: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Files of outcomes to follow, as paths or globs: JSON lines, or the ground truth lines of SageMaker.',
    ),
  maxBodyBytes: byteSizeOption().prefault('16MiB').describe('Maximum body size of POST /api/v1/outcomes.'),
  spoolBytes: byteSizeOption()
    .prefault('256MiB')
    .describe(
      'Maximum size of the spool in state.directory, which keeps predictions and labels while the store is down.',
    ),
})
export type OutcomesOptions = z.output<typeof outcomesOptions>

export const kpisOption = z
  .record(
    z.string().regex(/^[a-zA-Z][\w.-]{0,63}$/),
    z.strictObject({
      unit: z
        .string()
        .max(32)
        .default('')
        .describe('Unit of the figure, such as EUR; a label of its metrics.'),
    }),
  )
  .refine((kpis) => Object.keys(kpis).length <= 16, { error: 'at most 16 figures are counted' })
  .default({})
  .describe('Business figures (KPIs) that outcomes can carry, by name: { revenue: { unit: EUR } }.')
export type KpisOption = z.output<typeof kpisOption>

const price = (what: string) => z.number().min(0).optional().describe(`Price of ${what}, in the currency.`)

export const costOptions = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Za-z]{2,8}$/)
    .default('USD')
    .describe('Currency of all prices; a label of the metrics.'),
  perRequest: price('one request that a model answered'),
  perPrediction: price('one predicted row'),
  perInputToken: price('one input token'),
  perOutputToken: price('one output token'),
  perGpuSecond: price('one second of one GPU that the model could use'),
  perCpuSecond: price("one second of the model's CPU time"),
})
export type CostOptions = z.output<typeof costOptions>

/** Predicted class → actual class → cost of that mistake. */
export const costsOption = z
  .record(z.string().min(1), z.record(z.string().min(1), z.number()))
  .default({})
  .describe(
    'Cost matrix of mistakes: predicted class, then actual class, then the amount in cost.currency: { "on time": { late: 100 } }.',
  )
export type CostsOption = z.output<typeof costsOption>

/** Checks that involve several keys. */
export function checkOutcomes(
  {
    outcomes,
    state,
  }: { readonly outcomes: OutcomesOptions; readonly state: { readonly directory?: string | undefined } },
  context: z.core.$RefinementCtx,
): void {
  if (outcomes.store !== 'sqlite' || state.directory !== undefined) return
  context.addIssue({
    code: 'custom',
    path: ['outcomes', 'store'],
    message:
      '"sqlite" keeps its file in state.directory, and none is given. Set state.directory, or outcomes.store: memory',
  })
}
