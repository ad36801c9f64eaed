/** Rows through the product's own monitors on the rows' clock, and the alarms that they give. */
import type { ColumnState } from '../../src/analysis/column-monitor.ts'
import { DayLearner } from '../../src/analysis/learn-days.ts'
import { ModelMonitor } from '../../src/analysis/model-monitor.ts'
import type { StatePart } from '../../src/analysis/model-state.ts'
import type { ModelSnapshot } from '../../src/analysis/snapshot.ts'
import type { Baseline } from '../../src/baseline/baseline.ts'
import { BaselineBuilder } from '../../src/baseline/builder.ts'
import { configSchema } from '../../src/config/schema.ts'
import { RecordBatch } from '../../src/records/record-batch.ts'
import { fillBatch, type Table } from './table.ts'

const config = configSchema.parse({})
const LOOK_MS = 300_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const MOST_ROWS = 512
/** Longer than any file. */
const WHOLE_MS = 36_500 * DAY_MS

class RowClock {
  nowMs = 0
  epochMs = (): number => this.nowMs
  monotonicMs = (): number => this.nowMs
}

export interface Alarm {
  readonly column: string
  readonly atMs: number
  readonly reason: string
}

export interface Watched {
  /** An alarm of a column counts anew after an hour of silence. */
  readonly alarms: readonly Alarm[]
  /** Alarms that follow each other within a day are one, as for NannyML and Evidently in `peers.py`. */
  readonly incidents: number
  /** Share of looks at which some column was in alarm. */
  readonly inAlarm: number
  readonly state: readonly StatePart[]
  readonly last: ModelSnapshot
}

/** @param rowsAtOnce rows of one request, at most */
function each(
  table: Table,
  clock: RowClock,
  accept: (batch: RecordBatch) => void,
  onLook?: () => void,
  rowsAtOnce = MOST_ROWS,
): void {
  const batch = new RecordBatch(300)
  let lookMs = (table.epochMs[0] ?? 0) + LOOK_MS
  let from = 0
  while (from < table.rows) {
    const startMs = table.epochMs[from] as number
    let to = from + 1
    while (to < table.rows && to - from < rowsAtOnce && (table.epochMs[to] as number) < startMs + 10_000)
      to += 1
    while (startMs >= lookMs) {
      clock.nowMs = lookMs
      onLook?.()
      lookMs += LOOK_MS
    }
    clock.nowMs = startMs
    fillBatch(batch, table, from, to)
    accept(batch)
    from = to
  }
}

/** @param isOrdered whether its days are learned */
export function buildBaseline(table: Table, isOrdered: boolean): Baseline {
  const clock = new RowClock()
  const builder = new BaselineBuilder(config.limits)
  each(table, clock, (batch) => builder.add(batch))
  const baseline = builder.build({ model: '', version: '', source: 'bench', createdEpochMs: 0 })
  if (!isOrdered) return baseline
  const learner = new DayLearner(baseline, config, clock)
  each(table, clock, (batch) => learner.accept(batch))
  clock.nowMs = table.epochMs[table.rows - 1] as number
  return learner.baseline()
}

export interface WatchOptions {
  readonly baseline: Baseline | undefined
  readonly state?: readonly StatePart[] | undefined
  readonly rowsAtOnce?: number
  /** Whether alarms before a day was judged count. */
  readonly isProvisionalCounted?: boolean
}

export function watch(
  table: Table,
  { baseline, state, rowsAtOnce, isProvisionalCounted = false }: WatchOptions,
): Watched {
  const clock = new RowClock()
  clock.nowMs = table.epochMs[0] ?? 0
  const monitor = new ModelMonitor({
    model: 'm',
    version: '',
    protocol: '',
    options: config,
    clock,
    baseline,
    onEvent: () => undefined,
  })
  if (state !== undefined) {
    const [model, ...columns] = structuredClone(state)
    monitor.restore(
      model as Extract<StatePart, { kind: 'model' }>,
      columns.map((part) => (part as { state: ColumnState }).state),
    )
  }
  const alarms: Alarm[] = []
  const lastMs = new Map<string, number>()
  let looks = 0
  let looksInAlarm = 0
  let last: ModelSnapshot | undefined
  const look = (): void => {
    last = monitor.evaluate()
    looks += 1
    let isInAlarm = false
    for (const { name, windows } of last.columns) {
      for (const { scores, reason, window, isProvisional } of windows) {
        const isAlarm = scores.some(
          ({ statistic, value, threshold }) =>
            (statistic === 'deviation' || (isProvisionalCounted && isProvisional === true)) &&
            value > threshold,
        )
        if (!isAlarm) continue
        isInAlarm = true
        if (clock.nowMs - (lastMs.get(name) ?? -Infinity) > HOUR_MS)
          alarms.push({
            column: name,
            atMs: clock.nowMs,
            reason: `${window} ${reason?.direction} ${reason?.value.toFixed(3)} for ${reason?.expected.toFixed(3)} ± ${reason?.limit.toFixed(3)}`,
          })
        lastMs.set(name, clock.nowMs)
      }
    }
    if (isInAlarm) looksInAlarm += 1
  }
  each(table, clock, (batch) => monitor.accept(batch), look, rowsAtOnce)
  look()
  return {
    alarms,
    incidents: incidentsOf(alarms),
    inAlarm: looksInAlarm / Math.max(looks, 1),
    state: [...monitor.state()],
    last: last as ModelSnapshot,
  }
}

/** Whether `replay --fail-on-drift` fails for these rows: one look at all of them, with its own probability. */
export function failsFile(table: Table, baseline: Baseline): boolean {
  const clock = new RowClock()
  clock.nowMs = table.epochMs[0] ?? 0
  const options = { ...config, windows: [WHOLE_MS], perFile: config.drift.falseAlarmsPerFile }
  const monitor = new ModelMonitor({
    ...{ model: 'm', version: '', protocol: '', options, clock, baseline },
    onEvent: () => undefined,
  })
  each(table, clock, (batch) => monitor.accept(batch))
  return monitor
    .evaluate()
    .columns.some(({ windows }) =>
      windows.some(({ scores }) => scores.some(({ value, threshold }) => value > threshold)),
    )
}

function incidentsOf(alarms: readonly Alarm[]): number {
  let incidents = 0
  let lastMs = -Infinity
  for (const { atMs } of alarms) {
    if (atMs - lastMs > DAY_MS) incidents += 1
    lastMs = atMs
  }
  return incidents
}
