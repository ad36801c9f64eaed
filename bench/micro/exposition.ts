/**
 * What a scrape costs: reading 10,000 series of a snapshot and rendering them, in both formats, compared with the
 * serializer of OpenTelemetry's exporter on the same data and with the same series as observable instruments of the
 * SDK. `node bench/micro/exposition.ts` fails above the budget. Judged is the CPU time of the thread: on an idle machine
 * it is the time that passes, and on a busy one the neighbours are not in it.
 */
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider, type ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { ColumnSnapshot, Snapshot } from '../../src/analysis/snapshot.ts'
import { createExposition } from '../../src/exposition/exposition.ts'
import { ExpositionEncoder } from '../../src/exposition/exposition-encoder.ts'
import { metricsOptions, otlpOptions } from '../../src/exposition/options.ts'
import { emptySelfSnapshot } from '../../src/instruments/self-snapshot.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { emptyResourceSnapshot } from '../../src/resources/snapshot.ts'

/** Milliseconds for reading and rendering 10,000 series, median. */
const BUDGET_MS = 5
const ROUNDS = 60
const WARM_UP = 20

/** 145 features of 69 series each: scores, thresholds, quantiles, bins, kinds; new objects at each tick, as live. */
function snapshotOf(features: number, tick: number): Snapshot {
  const columns = Array.from({ length: features }, (_, index): ColumnSnapshot => {
    const jitter = (index * 7919 + tick * 104_729) / 1e6
    return {
      role: 'feature',
      name: `feature_${index}`,
      kind: 'numeric',
      values: { valid: 1e5 + tick, missing: 37, wrong_type: 0, out_of_range: tick, unseen: 0 },
      bins: Array.from({ length: 11 }, (__, bin) => ({
        label: `le_${bin * 12.5}`,
        baselineRatio: 1 / 11,
        total: 1000 * bin + tick,
      })),
      windows: ['5m', '1h', '1d'].map((window) => ({
        window,
        observations: 5000 + tick,
        scores: ['psi', 'jensen_shannon', 'ks', 'wasserstein'].map((statistic, order) => ({
          statistic,
          value: (jitter + order / 7) % 1,
          threshold: 0.1 + order / 13,
        })),
        quantiles: [0.01, 0.25, 0.5, 0.75, 0.99].map((q) => ({ q, value: q * 100 + jitter })),
        classes: [],
      })),
    }
  })
  return {
    takenEpochMs: tick,
    models: [
      {
        model: 'credit-risk',
        version: '3',
        protocol: 'open-inference',
        predictionRows: tick,
        baseline: { state: 'learned', rows: 5000, hash: 'b4a1c0de', createdEpochMs: 0 },
        columns,
        driftedFeaturesRatio: [],
      },
    ],
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

interface Milliseconds {
  readonly cpu: number
  readonly passed: number
}

function cpuNow(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

async function measure(run: () => Promise<unknown>): Promise<Milliseconds> {
  for (let round = 0; round < WARM_UP; round += 1) await run()
  const passed: number[] = []
  const cpuStart = cpuNow()
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now()
    await run()
    passed.push(performance.now() - start)
  }
  // The mean: some kernels count a thread's time in ticks that are longer than a round.
  return { cpu: (cpuNow() - cpuStart) / ROUNDS, passed: median(passed) }
}

let tick = 0
const snapshots = Array.from({ length: 4 }, (_, index) => snapshotOf(145, index))
const exposition = createExposition({
  metrics: metricsOptions.parse({}),
  otlp: otlpOptions.parse({}),
  sources: () => ({
    snapshot: snapshots[(tick += 1) % snapshots.length] ?? snapshotOf(1, 0),
    resources: emptyResourceSnapshot,
    self: emptySelfSnapshot,
  }),
  clock: systemClock,
  logger: silentLogger,
})

/** The same data points as observable gauges, for the cost of the SDK's own collection. */
function observableTwin({ scopeMetrics }: ResourceMetrics): PrometheusExporter {
  const reader = new PrometheusExporter({ preventServerStart: true })
  const meter = new MeterProvider({
    readers: [reader],
    views: [{ instrumentName: '*', aggregationCardinalityLimit: 50_000 }],
  }).getMeter('twin')
  for (const { descriptor, dataPoints } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
    meter.createObservableGauge(descriptor.name).addCallback((result) => {
      for (const { value, attributes } of dataPoints) {
        if (typeof value === 'number') result.observe(value, attributes)
      }
    })
  }
  return reader
}

const collected = await exposition.collect()
const encoder = new ExpositionEncoder()
const oracle = new PrometheusSerializer('', false, undefined, true, true)
const twin = observableTwin(collected)
const text = await exposition.render('text')
const series = exposition.stats().lastSeries
const per10k = (milliseconds: number): number => (milliseconds * 10_000) / series

/** Into bytes, as a response is sent: a string that is only concatenated has not been written yet. */
const bytes = (rendered: string): Buffer => Buffer.from(rendered)

const results = {
  'read and render, text 0.0.4': await measure(async () => bytes(await exposition.render('text'))),
  'read and render, OpenMetrics': await measure(async () => bytes(await exposition.render('openmetrics'))),
  'read only': await measure(() => exposition.collect()),
  'render only, text 0.0.4': await measure(() =>
    Promise.resolve(bytes(encoder.encode(collected, 'text').text)),
  ),
  "render only, the exporter's serializer": await measure(() =>
    Promise.resolve(bytes(oracle.serialize(collected))),
  ),
  'read only, observable instruments of the SDK': await measure(() => twin.collect()),
}
console.log(
  `${series} series, ${(text.length / 1024).toFixed(0)} KiB; milliseconds per 10,000 series, ${ROUNDS} rounds: CPU (mean), passed (median)`,
)
for (const [name, { cpu, passed }] of Object.entries(results)) {
  const columns = [cpu, passed].map((milliseconds) => per10k(milliseconds).toFixed(2).padStart(8))
  console.log(`${columns.join('')}  ${name}`)
}
const worst = per10k(
  Math.max(results['read and render, text 0.0.4'].cpu, results['read and render, OpenMetrics'].cpu),
)
console.log(`budget ${BUDGET_MS} ms: ${worst <= BUDGET_MS ? 'held' : 'EXCEEDED'}`)
if (worst > BUDGET_MS) process.exitCode = 1
await exposition.shutdown()
