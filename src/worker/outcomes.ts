/** Puts outcomes together: store, joining, the ways in that belong to the thread, and how they end. */
import type { AdminAction } from '../admin/dependencies.ts'
import { OTHER_MODEL, UNNAMED_MODEL, type ModelLabels } from '../analysis/model-labels.ts'
import type { RecognisedExchange } from '../sources/record-sink.ts'
import type { Call } from '../calls/call.ts'
import type { RunConfig } from '../config/schema.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { startInterval, type Timer } from '../lib/timers.ts'
import { IdHash } from '../outcomes/id-hash.ts'
import { openStore } from '../outcomes/open-store.ts'
import { Outcomes, type ModelName } from '../outcomes/outcomes.ts'
import type { OutcomesSnapshot } from '../outcomes/snapshot.ts'
import { isStoring } from '../outcomes/storing.ts'
import { takeOutcomes } from '../outcomes/take-outcomes.ts'
import type { RecordBatch } from '../records/record-batch.ts'

/** Between two looks at the store. */
const TICK_MS = 1_000

export interface OutcomesOfThread {
  readonly outcomes: Outcomes
  readonly action: AdminAction
  /** Of the latest evaluation; `undefined` while nothing is stored and no outcome has come. */
  readonly snapshot: () => OutcomesSnapshot | undefined
  /** HOT: per request. */
  readonly onCall: (recognised: RecognisedExchange, call: Call, batch: RecordBatch) => void
  readonly start: () => void
  readonly stop: () => Promise<void>
}

export interface OutcomesContext {
  readonly config: RunConfig
  readonly labels: ModelLabels
  readonly onJoined: (name: ModelName, delaySeconds: number) => void
  readonly clock: Clock
  readonly logger: Logger
}

const PREDICTIONS: ReadonlySet<string> = new Set(['predict', 'explain', 'chat', 'embeddings'])

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
    onJoined,
  })
  let latest: OutcomesSnapshot | undefined
  let hasCome = stores
  let timers: readonly Timer[] = []
  let ticking = Promise.resolve()
  const tick = (): void => {
    ticking = ticking
      .then(() => outcomes.tick())
      .catch((error: unknown) => logger.error({ err: error }, 'outcomes could not be joined'))
  }
  const evaluate = (): void => {
    hasCome ||= Object.values(outcomes.results).some((count) => count > 0)
    if (hasCome) latest = outcomes.snapshot()
  }
  return {
    outcomes,
    snapshot: () => latest,
    onCall: ({ protocol, operation, model, version }, call, batch) => {
      if (stores && PREDICTIONS.has(operation))
        outcomes.onPrediction({ model, version }, protocol, call, batch)
    },
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
      timers = [startInterval(tick, TICK_MS), startInterval(evaluate, config.evaluation.interval)]
    },
    stop: async () => {
      for (const timer of timers) timer.cancel()
      await ticking
      await outcomes.close()
      evaluate()
    },
  }
}

/** Outcomes that name no model are the only model's; and no outcome makes a name that traffic could not. */
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
