/** Composes outcomes: store, joining, the sources on this thread, and the shutdown. */
import type { AdminAction, AdminDocument } from '../admin/dependencies.ts'
import { type ModelLabels, OTHER_MODEL, UNNAMED_MODEL } from '../analysis/model-labels.ts'
import { isFor } from '../analysis/model-registry.ts'
import type { Baseline } from '../baseline/baseline.ts'
import type { Call } from '../calls/call.ts'
import { INFERENCE_OPERATIONS } from '../calls/recognition.ts'
import type { OnLateRows } from '../calls/route-learner.ts'
import type { RunConfig } from '../config/schema.ts'
import type { GenerationFacts } from '../generation/generation.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { startInterval, type Timer } from '../lib/timers.ts'
import { Costs, type UsedResources } from '../outcomes/costs.ts'
import { type FollowedFiles, followFiles } from '../outcomes/follow-files.ts'
import { IdHash } from '../outcomes/id-hash.ts'
import { openStore } from '../outcomes/open-store.ts'
import { type ModelName, Outcomes } from '../outcomes/outcomes.ts'
import { type Reference, referenceFrom } from '../outcomes/output-outcomes.ts'
import { parseOutcome } from '../outcomes/parse-outcome.ts'
import type { CostsSnapshot, OutcomesSnapshot } from '../outcomes/snapshot.ts'
import { isStoring } from '../outcomes/storing.ts'
import { takeOutcomes } from '../outcomes/take-outcomes.ts'
import { RecordBatch } from '../records/record-batch.ts'
import type { RecognisedExchange } from '../sources/record-sink.ts'

/** Interval of checking the store. */
const TICK_MS = 1_000

export interface OutcomesOfThread {
  readonly outcomes: Outcomes
  readonly action: AdminAction
  /** `GET /api/v1/outcomes`: the values of the metrics, for scripts. */
  readonly document: AdminDocument
  /** The latest evaluation; `undefined` while nothing is stored and no outcome has arrived. */
  readonly snapshot: () => OutcomesSnapshot | undefined
  /** HOT: for each request. */
  readonly onCall: (recognised: RecognisedExchange, call: Call, batch: RecordBatch) => void
  /** For a call that is kept until its route is understood. */
  readonly onKeptCall: (recognised: RecognisedExchange, call: Call) => OnLateRows
  /** HOT: for each generated answer. */
  readonly onGeneration: (recognised: RecognisedExchange, facts: GenerationFacts) => void
  /** For sources; see RecordSink. */
  readonly acceptOutcome: (value: unknown, named: ModelName) => void
  /** `undefined` without prices. */
  readonly costs: (used: UsedResources) => CostsSnapshot | undefined
  readonly start: () => void
  readonly stop: () => Promise<void>
}

export interface OutcomesContext {
  readonly config: RunConfig
  readonly labels: ModelLabels
  /** The loaded baseline. */
  readonly baseline: Baseline | undefined
  /** Number of GPUs available to the model. */
  readonly gpus: () => number
  readonly onJoined: (name: ModelName, delaySeconds: number) => void
  readonly clock: Clock
  readonly logger: Logger
}

/** As in Seldon Core 1, with and without the prefix of its ingress. */
const FEEDBACK = /\/api\/v[01]\.[01]\/feedback$/
const FEEDBACK_OF = /\/seldon\/[^/]+\/([^/]+)\/api\//

export function createOutcomes(context: OutcomesContext): OutcomesOfThread {
  const { config, labels, onJoined, clock, logger } = context
  const { outcomes: options } = config
  const stores = isStoring(config)
  const { kind, store, key } = openStore(config, logger)
  const outcomes = new Outcomes({
    options,
    kpis: config.kpis,
    storeKind: kind,
    store,
    hash: new IdHash(key, options.share),
    clock,
    falseAlarms: config.drift.falseAlarms,
    evaluationIntervalMs: config.evaluation.interval,
    modelLabel: (model, version) => labelOf(labels, config, model, version),
    baselineOf: (name, output) => performanceOf(context.baseline, name, output),
    onJoined,
  })
  const costs = new Costs(config.cost, config.costs)
  let files: FollowedFiles | undefined
  const noRows = new RecordBatch(0)
  let latest: OutcomesSnapshot | undefined
  let hasCome = stores
  let timers: readonly Timer[] = []
  let ticking = Promise.resolve()
  const tick = (): void => {
    ticking = ticking
      .then(() => outcomes.tick())
      .catch((error: unknown) => logger.error({ err: error }, 'cannot join outcomes'))
  }
  const evaluate = (): void => {
    hasCome ||= Object.values(outcomes.results).some((count) => count > 0)
    if (hasCome) latest = outcomes.snapshot()
    costs.passTime(clock.monotonicMs(), context.gpus())
  }
  const acceptOutcome = (value: unknown, named: ModelName): void => {
    const parsed = parseOutcome(value)
    if ('problem' in parsed) {
      outcomes.refuse()
      return
    }
    const given = parsed.outcomes.map((outcome) =>
      outcome.model === '' && named.model !== '' ? { ...outcome, ...named } : outcome,
    )
    void outcomes.accept(given)
  }
  /** Seldon's request contains both the answer and its truth, so no join is needed. */
  const takeFeedback = (call: Call, { model }: RunConfig): void => {
    const body = call.requestJson()
    if (!('value' in body)) return
    const [, deployment] = FEEDBACK_OF.exec(call.path) ?? []
    acceptOutcome(body.value, { model: model.name ?? deployment ?? '', version: model.version ?? '' })
  }
  return {
    outcomes,
    snapshot: () => latest,
    costs: (used) => (costs.isPriced ? costs.snapshot(used, latest?.outputs ?? []) : undefined),
    onCall: ({ protocol, operation, model, version }, call, batch) => {
      const name = { model, version }
      if (!INFERENCE_OPERATIONS.has(operation)) {
        if (FEEDBACK.test(call.path)) takeFeedback(call, config)
        return
      }
      if (costs.isPriced) {
        costs.countRequest(model, version)
        costs.countPredictions(model, version, batch.rows)
      }
      if (batch.truths.length > 0) outcomes.onLabelledRows(name, batch)
      else if (stores) outcomes.onPrediction(name, protocol, call, batch)
    },
    onKeptCall: ({ protocol, operation, model, version }, call) => {
      const isPrediction = INFERENCE_OPERATIONS.has(operation)
      if (!isPrediction && FEEDBACK.test(call.path)) takeFeedback(call, config)
      if (isPrediction && costs.isPriced) costs.countRequest(model, version)
      const put = stores ? outcomes.keepPrediction(protocol, call) : undefined
      return (rows) => {
        if (rows !== undefined) {
          if (costs.isPriced) costs.countPredictions(rows.model, rows.version, rows.batch.rows)
          put?.(rows, rows.batch)
        } else if (isPrediction) put?.({ model, version }, noRows)
      }
    },
    onGeneration: ({ model, version }, { inputTokens, outputTokens }) =>
      costs.countTokens(model, version, inputTokens, outputTokens),
    acceptOutcome,
    document: { path: '/api/v1/outcomes', read: () => latest },
    action: {
      path: '/api/v1/outcomes',
      name: 'outcomes.take',
      maxBodyBytes: options.maxBodyBytes,
      status: 202,
      run: async (_parameters, body) => {
        if (body.length === 0) {
          return {
            status: 400,
            detail: 'The body is empty. Send outcomes as JSON, JSON lines or CSV: {"id": "…", "label": "…"}.',
          }
        }
        return { result: await takeOutcomes(outcomes, body.toString('utf8')) }
      },
    },
    start: () => {
      evaluate()
      if (options.files.length > 0) {
        const { directory: stateDirectory } = config.state
        void followFiles({ files: options.files, stateDirectory, outcomes, clock, logger }).then(
          (followed) => (files = followed),
          (error: unknown) => logger.error({ err: error }, 'cannot follow the outcome files'),
        )
      }
      timers = [startInterval(tick, TICK_MS), startInterval(evaluate, config.evaluation.interval)]
    },
    stop: async () => {
      for (const timer of timers) timer.cancel()
      await files?.stop()
      await ticking
      await outcomes.close()
      evaluate()
    },
  }
}

/** The performance of the output in the baseline, if it is for this model. */
function performanceOf(
  baseline: Baseline | undefined,
  { model, version }: ModelName,
  output: string,
): { readonly reference?: Reference; readonly center?: number } {
  const found = baseline?.performance?.find((one) => one.output === output)
  if (baseline === undefined || found === undefined || !isFor(baseline, model, version)) return {}
  return {
    reference: referenceFrom(found),
    ...(found.center !== undefined && { center: found.center }),
  }
}

/**
 * An outcome without a model name belongs to the only model, and an outcome cannot create a name that traffic could
 * not.
 */
function labelOf(
  labels: ModelLabels,
  config: RunConfig,
  model: string,
  version: string,
): ModelName | undefined {
  const label = labels.label(
    model === '' ? (labels.only?.model ?? UNNAMED_MODEL) : model,
    version === '' && model === '' ? (labels.only?.version ?? '') : version,
    true,
  )
  return label === OTHER_MODEL && config.model.name === undefined ? undefined : label
}
