/**
 * Memory and time of the monitors at the size that the budgets name: 200 numeric features in three windows with full
 * panes and all statistics. `node --expose-gc bench/micro/evaluate.ts` fails above a budget.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { ModelRegistry } from '../../src/analysis/model-registry.ts'
import type { Baseline } from '../../src/baseline/baseline.ts'
import { BaselineBuilder } from '../../src/baseline/builder.ts'
import { baselineOptions } from '../../src/baseline/options.ts'
import { STATISTIC_NAMES } from '../../src/drift/index.ts'
import { driftOptions } from '../../src/drift/options.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { saveMemory } from '../../src/lib/v8-flags.ts'
import { RecordBatch } from '../../src/records/record-batch.ts'
import { RESOURCE_LIMITS } from '../../src/worker/host.ts'

const FEATURES = 200
const MINUTE = 60_000
const WINDOWS = [5 * MINUTE, 60 * MINUTE, 1_440 * MINUTE]
const BUDGET_MS = 50
const STRETCH_BUDGET_MS = 10
const MEMORY_BUDGET_MIB = 60

const batch = new RecordBatch(FEATURES)

function nextRow(): RecordBatch {
  batch.begin(1)
  for (let feature = 0; feature < FEATURES; feature += 1) {
    const value = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
    batch.features.column(`f${feature}`).setNumber(0, value * (1 + feature / 50))
  }
  return batch
}

/** CPU time of this thread: what else runs on the machine does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

const rssMib = (): number => {
  globalThis.gc?.()
  return process.memoryUsage.rss() / 2 ** 20
}

/** CPU milliseconds of one evaluation, and of its longest column. */
function timed(slices: Generator<undefined, unknown>): { totalMs: number; longestMs: number } {
  let totalMs = 0
  let longestMs = 0
  for (;;) {
    const before = cpuMs()
    const slice = slices.next()
    const spentMs = cpuMs() - before
    totalMs += spentMs
    longestMs = Math.max(longestMs, spentMs)
    if (slice.done === true) return { totalMs, longestMs }
  }
}

function measure(loadedBaseline: Baseline): void {
  const rssBefore = rssMib()
  const clock = new ManualClock()
  const registry = new ModelRegistry({
    options: {
      baseline: baselineOptions.parse({}),
      windows: WINDOWS,
      drift: driftOptions.parse({ statistics: [...STATISTIC_NAMES] }),
      limits: { models: 1, features: FEATURES, categories: 50 },
      evaluation: { interval: 10_000 },
    },
    clock,
    loadedBaseline,
    onEvent: () => undefined,
  })
  const monitor = registry.monitor('m', '1', 'bench')
  const send = (rows: number, stepMs: number): void => {
    for (let row = 0; row < rows; row += 1) {
      monitor.accept(nextRow())
      clock.advance(stepMs)
    }
  }
  // Every pane of every window holds rows; near the end scores are computed every ten seconds, as in production.
  send(2_000, 45_000)
  for (let tick = 0; tick < 12; tick += 1) {
    send(100, 100)
    monitor.evaluate()
  }
  const runs = Array.from({ length: 30 }, () => {
    send(100, 100)
    return timed(monitor.evaluation())
  }).toSorted((a, b) => a.totalMs - b.totalMs)
  const medianMs = runs[runs.length >> 1]?.totalMs ?? Number.NaN
  const slowestMs = runs.at(-1)?.totalMs ?? Number.NaN
  // Of the median evaluation: now and then a stretch has V8's major collection in it, whoever made the garbage.
  const longestMs = runs.map((run) => run.longestMs).toSorted((a, b) => a - b)[runs.length >> 1] ?? Number.NaN
  const rss = rssMib() - rssBefore
  console.log(
    [
      `evaluation of ${FEATURES} features × ${WINDOWS.length} windows × ${STATISTIC_NAMES.length} statistics`,
      `  median ${medianMs.toFixed(1)} ms of CPU (budget ${BUDGET_MS}), slowest ${slowestMs.toFixed(1)} ms`,
      `  longest stretch ${longestMs.toFixed(2)} ms (budget ${STRETCH_BUDGET_MS})`,
      `  RSS ${rss.toFixed(1)} MiB above the thread without them (budget ${MEMORY_BUDGET_MIB})`,
    ].join('\n'),
  )
  if (medianMs > BUDGET_MS || longestMs > STRETCH_BUDGET_MS || rss > MEMORY_BUDGET_MIB) process.exitCode = 1
}

if (isMainThread) {
  const builder = new BaselineBuilder({ features: FEATURES, categories: 50 })
  for (let row = 0; row < 5_000; row += 1) builder.add(nextRow())
  const baseline = builder.build({ model: '', version: '', source: 'bench', createdEpochMs: 0 })
  // With the limits of the analysis thread: V8 lets garbage lie for longer when it thinks that there is more room.
  saveMemory()
  const worker = new Worker(import.meta.filename, { workerData: baseline, resourceLimits: RESOURCE_LIMITS })
  worker.on('exit', (code) => {
    process.exitCode = code
  })
} else {
  measure(workerData as Baseline)
}
