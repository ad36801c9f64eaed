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
    .describe('What the model does; `auto` finds out from predictions and labels.'),
  positive: z
    .union([z.string(), z.number(), z.boolean()])
    .optional()
    .describe(
      'The class of two that a score is the probability of. Default: 1 of 0 and 1, true of false and true, else the last one in the order of the alphabet.',
    ),
  threshold: z
    .number()
    .default(0.5)
    .describe('A score from this on means the positive class, where the prediction is nothing but a score.'),
  classes: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Names of the classes, in the order of their numbers, where predictions or labels only number them.',
    ),
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
      'Whether predictions wait for labels. Default: where a label can come, that is with an admin token, outcomes.files or cloudevents.listen.',
    ),
  id: z
    .string()
    .superRefine((text, context) => {
      if (parseIdSource(text) !== undefined) return
      context.addIssue({
        code: 'custom',
        message: `"${text}" names no place of an id; allowed: ${ID_SOURCE_FORMS}`,
      })
    })
    .optional()
    .describe(
      'Where the id of a prediction is: a JSONPath in the request or else the response ($.order_id), `header:NAME`, or `column:NAME`. Default: the first of X-Amzn-SageMaker-Inference-Id, ce-id, the id of the protocol, x-request-id, the trace id of traceparent.',
    ),
  store: z
    .string()
    .refine(isStoreAddress, {
      error: ({ input }) =>
        `"${String(input).replace(/\/\/.*@/, '//(hidden)@')}" is no store; allowed: ${STORE_FORMS}`,
    })
    .default('memory')
    .describe(
      'Where predictions wait: memory, sqlite (in state.directory) or redis://host:6379 (Redis or Valkey, for several replicas).',
    ),
  storeUser: z.string().min(1).optional().describe('User of the store, where it wants one.'),
  storePassword: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe('Password of the store. Meant for the environment variable.'),
  key: z
    .string()
    .min(16)
    .optional()
    .meta({ secret: true })
    .describe(
      'Secret of at least 16 characters with which ids are hashed. Replicas that share a store need the same one; without it a shared store makes one.',
    ),
  horizon: durationOption()
    .prefault('24h')
    .describe('How long a prediction waits for its label, as a duration.'),
  maxPending: z
    .int()
    .min(1_000)
    .max(100_000_000)
    .default(1_000_000)
    .describe('Predictions that wait at once; beyond it the oldest is dropped and counted (store_full).'),
  share: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe(
      'Share of the ids that count, chosen by a hash of the id that every replica and every labeller can compute.',
    ),
  settle: durationOrNoneOption()
    .prefault('5s')
    .describe(
      'How long a label is held before it is counted; of several labels for one id in that time the last one counts.',
    ),
  wait: durationOrNoneOption()
    .prefault('10s')
    .describe(
      'How long a label of an unknown id is asked about again, for labels that arrive before their prediction was analysed.',
    ),
  windows: z
    .array(durationOption())
    .min(1)
    .max(6)
    .prefault(['1h', '1d', '7d'])
    .describe('Lengths of the windows of the performance gauges, by the time at which labels were counted.'),
  minSamples: z
    .int()
    .min(10)
    .default(200)
    .describe('Labelled predictions that a window needs before its performance is told.'),
  windowRows: z
    .int()
    .min(1_000)
    .max(10_000_000)
    .default(100_000)
    .describe(
      'Labelled predictions kept for the windows of one output, 32 bytes each; with more, a window holds the latest ones.',
    ),
  referenceRows: z
    .int()
    .min(100)
    .default(1_000)
    .describe(
      'Labelled predictions from which the reference performance is learned where the baseline has none.',
    ),
  ...taskShape,
  outputs: z
    .record(z.string().min(1).max(128), outputOptions)
    .default({})
    .describe('Outputs that get labels, by name, where they cannot be found by themselves.'),
  maxClasses: z
    .int()
    .min(2)
    .max(50)
    .default(20)
    .describe('Classes of an output that are told apart; the rest is "other".'),
  scoreBins: z
    .int()
    .min(5)
    .max(200)
    .default(20)
    .describe('Bins of the score counters, from which a fleet gets its ROC curve; more bins, a closer AUC.'),
  detectors: z
    .array(z.enum(DETECTOR_NAMES))
    .default([...DEFAULT_DETECTORS])
    .describe('Detectors of concept drift that follow the errors of each output.'),
  files: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Files of outcomes to follow, as paths or globs: JSON lines, or the ground truth lines of SageMaker.',
    ),
  maxBodyBytes: byteSizeOption().prefault('16MiB').describe('Largest body that POST /api/v1/outcomes takes.'),
  spoolBytes: byteSizeOption()
    .prefault('256MiB')
    .describe('What state.directory may hold of predictions and labels while the store is down.'),
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
  .describe('Business figures that outcomes may bring, by name: { revenue: { unit: EUR } }.')
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

/** Predicted class → actual class → price of that mistake. */
export const costsOption = z
  .record(z.string().min(1), z.record(z.string().min(1), z.number()))
  .default({})
  .describe(
    'What mistakes cost: predicted class, then actual class, then the amount in cost.currency: { "on time": { late: 100 } }.',
  )
export type CostsOption = z.output<typeof costsOption>

/** What no key says alone. */
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
