import { createExposition, type Exposition } from '../../src/exposition/exposition.ts'
import { metricsOptions, otlpOptions } from '../../src/exposition/options.ts'
import type { Sources } from '../../src/instruments/metric.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { type Logger, silentLogger } from '../../src/lib/logger.ts'
import { answerFacts, EPOCH_MS, exchange, resources, self, snapshot } from '../instruments/fixture.ts'
import { costs, outcomes } from '../instruments/outcomes-fixture.ts'

export const fixedSources: Omit<Sources, 'exposition'> = { snapshot, resources, self, outcomes, costs }

export interface ExpositionFixture {
  readonly exposition: Exposition
  readonly clock: ManualClock
}

/** A whole exposition on the fixed state, and a clock that stands still. */
export function fixedExposition(
  options: {
    readonly sources?: () => Omit<Sources, 'exposition'>
    readonly metrics?: Readonly<Record<string, unknown>>
    readonly otlp?: Readonly<Record<string, unknown>>
    readonly logger?: Logger
  } = {},
): ExpositionFixture {
  const clock = new ManualClock(EPOCH_MS)
  const exposition = createExposition({
    metrics: metricsOptions.parse(options.metrics ?? {}),
    otlp: otlpOptions.parse(options.otlp ?? {}),
    sources: options.sources ?? (() => fixedSources),
    clock,
    logger: options.logger ?? silentLogger,
  })
  return { exposition, clock }
}

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'

/** Predictions and generated answers, good and bad. */
export function recordTraffic(exposition: Exposition): void {
  recordPredictions(exposition)
  recordAnswers(exposition)
  exposition.outcomeRecorder.recordDelay({ model: 'credit-risk', version: '3' }, 5400)
}

/** One with its tokens and the server's phases told, one whose pieces were counted until the client left. */
function recordAnswers({ llmRecorder }: Exposition): void {
  const call = { protocol: 'openai', operation: 'chat', model: 'llama', version: '1' } as const
  llmRecorder.recordAnswer(
    { ...call, exchange: exchange({ seconds: 0.7 }) },
    answerFacts({ phaseSeconds: { queue: 0.05, inference: 0.6 } }),
  )
  llmRecorder.recordAnswer(
    { ...call, exchange: exchange({ seconds: 3, outcome: 'aborted' }) },
    answerFacts({
      inputTokens: undefined,
      cachedTokens: undefined,
      outputTokens: 30,
      isEstimated: true,
      finishReason: undefined,
      isComplete: false,
      brokeOff: true,
    }),
  )
}

/** Four predictions: one traced, one slower, one failed, one that the client gave up on. */
function recordPredictions({ recorder }: Exposition): void {
  const call = {
    protocol: 'open-inference',
    operation: 'predict',
    model: 'credit-risk',
    version: '3',
  } as const
  recorder.recordExchange({
    ...call,
    exchange: exchange({ traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` }),
  })
  recorder.recordExchange({ ...call, exchange: exchange({ seconds: 0.4 }) })
  recorder.recordExchange({
    ...call,
    exchange: exchange({ status: 500, outcome: 'server_error', seconds: 2 }),
  })
  recorder.recordExchange({
    ...call,
    exchange: exchange({ status: 0, outcome: 'aborted', seconds: 30, firstByteSeconds: Number.NaN }),
  })
}
