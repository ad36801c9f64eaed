/** Eight ordinary days behind modeltap's real monitor and metrics, on a clock of our own. */
import { createRandom } from '../../../examples/flight-delay/random.ts'
import { ModelMonitor } from '../../../src/analysis/model-monitor.ts'
import type { Baseline } from '../../../src/baseline/baseline.ts'
import { configSchema } from '../../../src/config/schema.ts'
import { DURATION_BOUNDS_SECONDS } from '../../../src/instruments/buckets.ts'
import { observedMetrics } from '../../../src/instruments/catalogue.ts'
import type { Sources } from '../../../src/instruments/metric.ts'
import type { ExpositionStats } from '../../../src/instruments/self-snapshot.ts'
import { emptySelfSnapshot } from '../../../src/instruments/self-snapshot.ts'
import { ManualClock } from '../../../src/lib/clock.ts'
import { RecordBatch } from '../../../src/records/record-batch.ts'
import { emptyResourceSnapshot } from '../../../src/resources/snapshot.ts'
import { Recorder } from './recorder.ts'
import { durationSeconds, fails, fill, ordinaryRows, poisson, rateAt } from './traffic.ts'

export const STEP_MS = 120_000
const DAYS = 8
const DAY_MS = 86_400_000
/** A new version of modeltap is rolled out: counters begin anew, and three scrapes fail. */
const RESTART_MS = 3 * DAY_MS + 10 * 3_600_000
/** The model server restarts: one probe fails. */
const MODEL_RESTART_MS = 5 * DAY_MS + 14 * 3_600_000

const TARGET = { job: 'modeltap', instance: 'a:9464' }
const MODEL = { ...TARGET, model: 'flight-delay', version: '1' }
const REQUEST = { ...MODEL, operation: 'predict' }

const NOTHING_DROPPED: ExpositionStats = {
  droppedSeries: { series_limit: 0, request_label_sets: 0, duplicate: 0 },
  lastSeries: 0,
  lastDurationSeconds: 0,
}

interface Counters {
  readonly outcomes: { success: number; server_error: number }
  readonly buckets: number[]
}

const newCounters = (): Counters => ({
  outcomes: { success: 0, server_error: 0 },
  buckets: DURATION_BOUNDS_SECONDS.map(() => 0),
})

function recordTraffic(recorder: Recorder, { outcomes, buckets }: Counters): void {
  const total = outcomes.success + outcomes.server_error
  const code = { success: '200', server_error: '500' } as const
  for (const outcome of ['success', 'server_error'] as const) {
    const labels = { ...REQUEST, protocol: 'oip-v2', code: code[outcome], outcome }
    recorder.record('modeltap_requests_total', labels, outcomes[outcome])
  }
  const duration = { ...REQUEST, outcome: 'success' }
  recorder.record('modeltap_request_duration_seconds_count', duration, total)
  DURATION_BOUNDS_SECONDS.forEach((bound, index) => {
    const labels = { ...duration, le: String(bound) }
    recorder.record('modeltap_request_duration_seconds_bucket', labels, buckets[index] ?? 0)
  })
}

/** What modeltap's own metrics say about the model, exactly as they are collected for a scrape. */
function recordModel(recorder: Recorder, sources: Sources, wanted: ReadonlySet<string>): void {
  for (const { name, labels, collect } of observedMetrics) {
    if (!wanted.has(name)) continue
    collect(sources, (value, ...values) => {
      if (value === undefined || Number.isNaN(value)) return
      const own = Object.fromEntries(labels.map((label, index) => [label, values[index] ?? '']))
      // Rules and boards speak of psi; the other statistics would only make the file four times as large.
      if (own['statistic'] === undefined || own['statistic'] === 'psi') {
        recorder.record(name, { ...TARGET, ...own }, value)
      }
    })
  }
}

/** @param wanted names of the metrics that rules read */
export async function simulateWeek(baseline: Baseline, wanted: ReadonlySet<string>): Promise<Recorder> {
  const random = createRandom(7)
  const options = configSchema.parse({})
  const clock = new ManualClock(0)
  const rows = ordinaryRows()
  const batch = new RecordBatch(options.limits.features)
  const recorder = new Recorder()
  const newMonitor = (): ModelMonitor =>
    new ModelMonitor({
      ...{ model: 'flight-delay', version: '1', protocol: 'oip-v2' },
      ...{ options, clock, baseline, onEvent: () => undefined },
    })
  let [monitor, counters] = [newMonitor(), newCounters()]
  for (let ms = 0; ms < DAYS * DAY_MS; ms += STEP_MS) {
    if (ms === RESTART_MS) [monitor, counters] = [newMonitor(), newCounters()]
    const count = poisson(random, (rateAt(ms) * STEP_MS) / 1000)
    const sent = Array.from({ length: count }, () => rows[Math.floor(random() * rows.length)] ?? rows[0])
    const answered = sent.filter((row) => row !== undefined && !fails(random))
    counters.outcomes.success += answered.length
    counters.outcomes.server_error += sent.length - answered.length
    for (let index = 0; index < count; index += 1) {
      const seconds = durationSeconds(random)
      DURATION_BOUNDS_SECONDS.forEach((bound, at) => {
        if (seconds <= bound) counters.buckets[at] = (counters.buckets[at] ?? 0) + 1
      })
    }
    fill(
      batch,
      answered.filter((row) => row !== undefined),
    )
    monitor.accept(batch)
    clock.advance(STEP_MS)
    const scraped = ms < RESTART_MS || ms >= RESTART_MS + 3 * STEP_MS
    recorder.record('up', TARGET, scraped ? 1 : 0)
    if (scraped) {
      const up = ms === MODEL_RESTART_MS ? 0 : 1
      recorder.record('modeltap_model_up', { ...TARGET, model: 'flight-delay' }, up)
      recorder.record('modeltap_build_info', TARGET, 1)
      recorder.record('scrape_duration_seconds', TARGET, 0.01)
      recordTraffic(recorder, counters)
      const snapshot = { takenEpochMs: clock.epochMs(), models: [monitor.evaluate()] }
      const sources = {
        snapshot,
        resources: emptyResourceSnapshot,
        self: emptySelfSnapshot,
        exposition: NOTHING_DROPPED,
      }
      recordModel(recorder, sources, wanted)
    }
    recorder.next()
  }
  return recorder
}
