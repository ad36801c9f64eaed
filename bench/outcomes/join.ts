/**
 * A million pending predictions: memory, insertions and joins a second; and what outcomes add to the analysis of one
 * exchange, in one run with and without. `node --expose-gc bench/outcomes/join.ts`
 */
import { randomUUID } from 'node:crypto'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import { ModelRegistry } from '../../src/analysis/model-registry.ts'
import { Pipeline } from '../../src/analysis/pipeline.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createExposition } from '../../src/exposition/exposition.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import type { Exchange } from '../../src/observe/exchange.ts'
import { IdHash } from '../../src/outcomes/id-hash.ts'
import { MemoryStore } from '../../src/outcomes/memory-store.ts'
import { Outcomes } from '../../src/outcomes/outcomes.ts'
import { decodingOf } from '../../src/protocols/decoding.ts'
import { loggedExchange } from '../../src/sources/logged-exchange.ts'
import { ANSWER, bodies, PATH } from '../load/traffic.ts'
import { idleSources } from '../micro/idle-sources.ts'

const MILLION = 1_000_000
const ROUNDS = 15
const EXCHANGES = 20_000

const { config } = loadConfig({
  environment: {},
  flags: { upstream: '127.0.0.1:1', baseline: { learn: { rows: 5_000, minDuration: '1ms' } } },
})

function newOutcomes(store: MemoryStore): Outcomes {
  return new Outcomes({
    options: config.outcomes,
    kpis: {},
    storeKind: 'memory',
    store,
    hash: new IdHash('a key of the benchmark', 1),
    clock: systemClock,
    falseAlarms: config.drift.falseAlarms,
    evaluationIntervalMs: config.evaluation.interval,
    modelLabel: (model, version) => ({ model, version }),
  })
}

async function pendingPredictions(): Promise<void> {
  const store = new MemoryStore({ horizonMs: 86_400_000, maxPending: MILLION, settleMs: 0 })
  const hash = new IdHash('a key of the benchmark', 1)
  const ids = Array.from({ length: MILLION }, () => randomUUID())
  globalThis.gc?.()
  const before = process.memoryUsage()
  const insertMs = performance.now()
  for (let row = 0; row < MILLION; row += 1) {
    const outputs = [{ output: 'score', value: row / MILLION, score: undefined }]
    store.put(hash.of(ids[row] as string), { model: 'm', version: '1', timeMs: Date.now(), outputs })
  }
  const insertSeconds = (performance.now() - insertMs) / 1000
  globalThis.gc?.()
  const after = process.memoryUsage()
  const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
  const joinMs = performance.now()
  for (let start = 0; start < MILLION; start += 500) {
    const labels = ids
      .slice(start, start + 500)
      .map((id) => ({ hash: hash.of(id), labels: [{ output: undefined, value: 1 }], timeMs: 0 }))
    await store.attach(labels, 0)
    await store.settled(1)
  }
  const joinSeconds = (performance.now() - joinMs) / 1000
  console.log(
    `1M pending: ${(bytes / MILLION).toFixed(1)} bytes each, ${Math.round(MILLION / insertSeconds / 1000)}k insertions/s, ${Math.round(MILLION / joinSeconds / 1000)}k joins/s`,
  )
}

function pipelineWith(outcomes: Outcomes | undefined): Pipeline {
  const registry = new ModelRegistry({
    options: config,
    clock: systemClock,
    loadedBaseline: undefined,
    onEvent: () => undefined,
  })
  const { recorder } = createExposition({
    metrics: config.metrics,
    otlp: config.otlp,
    sources: idleSources,
    clock: systemClock,
    logger: silentLogger,
  })
  return new Pipeline({
    decoding: decodingOf(config, { maxBodyBytes: config.limits.bodyBytes, findMetadata: undefined }),
    labels: new ModelLabels(config.limits.models, { model: undefined, version: undefined }),
    maxColumns: config.limits.features,
    onRecognised: (recognised) => recorder.recordExchange(recognised),
    onRows: ({ model, version }, protocol, batch) => registry.monitor(model, version, protocol).accept(batch),
    onCall: ({ model, version, protocol }, call, batch) =>
      outcomes?.onPrediction({ model, version }, protocol, call, batch),
    onDecodeFailure: () => undefined,
    onDroppedColumns: () => undefined,
    onBug: (error) => {
      throw error
    },
  })
}

/** As many as there are bodies; each time with another id. */
let id = ''
const exchanges: readonly Exchange[] = bodies.map((body) => {
  const exchange = loggedExchange({
    method: 'POST',
    target: PATH,
    status: 200,
    latencyMs: 1,
    request: { body: Buffer.from(body) },
    response: { body: Buffer.from(ANSWER) },
  })
  const header = (name: string): string | undefined => (name === 'x-request-id' ? id : undefined)
  return { ...exchange, request: { ...exchange.request, header } }
})

function analysis(): void {
  const outcomes = newOutcomes(
    new MemoryStore({ horizonMs: 86_400_000, maxPending: MILLION, settleMs: 5_000 }),
  )
  const pipelines = [pipelineWith(undefined), pipelineWith(outcomes)] as const
  const best = [Infinity, Infinity]
  for (let round = 0; round < ROUNDS; round += 1) {
    const ids = Array.from({ length: EXCHANGES }, () => randomUUID())
    for (const [which, pipeline] of pipelines.entries()) {
      globalThis.gc?.()
      const startMs = performance.now()
      for (let index = 0; index < EXCHANGES; index += 1) {
        id = ids[index] as string
        pipeline.accept(exchanges[index % exchanges.length] as Exchange)
      }
      best[which] = Math.min(best[which] as number, ((performance.now() - startMs) * 1e6) / EXCHANGES)
    }
  }
  const [without = 1, withOutcomes = 1] = best
  console.log(
    `behind the observer: ${Math.round(without)} ns an exchange without, ${Math.round(withOutcomes)} ns with outcomes, ${Math.round(withOutcomes - without)} ns more (${((100 * (withOutcomes - without)) / without).toFixed(1)} %)`,
  )
}

await pendingPredictions()
analysis()
