/** Runs the pipeline and the monitors of `modeltap run` on a file, with the file's own clock. */
import { ModelLabels } from '../../analysis/model-labels.ts'
import type { ModelCourse } from '../../analysis/model-monitor.ts'
import { ModelRegistry } from '../../analysis/model-registry.ts'
import type { MonitorEvent } from '../../analysis/monitor-event.ts'
import { Pipeline } from '../../analysis/pipeline.ts'
import type { ModelSnapshot } from '../../analysis/snapshot.ts'
import type { Baseline } from '../../baseline/baseline.ts'
import type { Config } from '../../config/schema.ts'
import { ModeltapError } from '../../errors.ts'
import { decodingOf } from '../../protocols/decoding.ts'
import type { ColumnChoice } from '../../sources/column-choice.ts'
import { FileClock } from '../../sources/file-clock.ts'
import { replayFile } from '../../sources/replay.ts'
import { newTailStats } from '../../sources/tail-stats.ts'
import { PANES_PER_WINDOW } from '../../windows/column-windows.ts'
import { History } from './history.ts'
import { inputSettings } from './input-settings.ts'
import { fieldsWithLabels, LabelledReplay, type LabelOptions } from './labelled.ts'
import { replayedModel, type ReplayResult } from './result.ts'

/** Maximum names in a message. */
const MOST_LISTED = 10
/** Longer than any file: this window holds all rows. */
const WHOLE_FILE_MS = 100 * 365 * 86_400_000

export interface ReplayOptions {
  readonly choice: ColumnChoice
  readonly file: string
  readonly config: Config
  readonly baseline: Baseline | undefined
  /** For rows without a timestamp. */
  readonly rowsPerSecond: number
  /** Labels to compare with the predictions. */
  readonly labels?: LabelOptions | undefined
  readonly onEvent: (event: MonitorEvent) => void
  /** Called with notes on how columns were interpreted. */
  readonly onNote: (note: string) => void
  readonly onProgress: (rows: number, part: number | undefined) => void
}

/** @throws ModeltapError INPUT_UNREADABLE or INPUT_INVALID */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const { file, config, baseline, rowsPerSecond, onEvent, onNote, onProgress, choice } = options
  const clock = new FileClock(rowsPerSecond)
  const shared = { clock, loadedBaseline: baseline }
  const windowed = new ModelRegistry({ ...shared, options: config, onEvent })
  const whole = new ModelRegistry({
    ...shared,
    // A separate registry with a single window that is evaluated once: the false-alarm probability is for the file, not
    // over time.
    options: {
      ...config,
      windows: [WHOLE_FILE_MS],
      evaluation: { interval: WHOLE_FILE_MS },
      perFile: config.drift.falseAlarmsPerFile,
    },
    onEvent: () => undefined,
  })
  const labelled =
    options.labels === undefined ? undefined : await LabelledReplay.open(options.labels, config)
  const history = new History((config.windows[0] ?? 0) / PANES_PER_WINDOW)
  const stats = newTailStats()
  const undecoded: Record<string, number> = {}
  /** Columns of the first rows. */
  const columns = new Set<string>()
  const pipeline = new Pipeline({
    decoding: decodingOf(config, { maxBodyBytes: config.limits.bodyBytes }),
    labels: new ModelLabels(config.limits.models, {
      model: config.model.name,
      version: config.model.version,
    }),
    maxColumns: config.limits.features,
    onRecognised: ({ exchange }) => {
      if (exchange.outcome !== 'success') countInto(undecoded, 'failed-calls')
    },
    onRows: ({ model, version }, protocol, batch) => {
      if (columns.size === 0)
        for (const { name } of [...batch.features.columns, ...batch.predictions.columns]) columns.add(name)
      if (history.isDue(clock.monotonicMs())) history.take(clock.epochMs(), courseOf(windowed))
      // Rows without a timestamp have no time of arrival, so no value is near it.
      if (clock.firstMs === undefined) batch.waitedMs = Number.NaN
      windowed.monitor(model, version, protocol).accept(batch)
      whole.monitor(model, version, protocol).accept(batch)
    },
    onCall: ({ model, version }, _call, batch) =>
      labelled?.accept({ model, version }, batch, clock.epochMs()),
    onDecodeFailure: (_protocol, failure) => countInto(undecoded, failure),
    onDroppedColumns: () => countInto(undecoded, 'columns-over-limit'),
    onBug: (error) => {
      throw error
    },
  })
  await replayFile({
    file,
    choice,
    ...inputSettings(config),
    fields: fieldsWithLabels(config.tail.fields, options.labels),
    baselineFeatures: featuresOf(baseline),
    onNote,
    clock,
    // A learned model is frozen after a number of rows, which may end anywhere.
    paneMs: baseline === undefined ? undefined : (config.windows[0] ?? 0) / PANES_PER_WINDOW,
    sink: pipeline,
    stats,
    onProgress,
  })
  pipeline.decideRoutes(Infinity)
  const models = whole.monitors.map((monitor) => ({ monitor, snapshot: monitor.evaluate() }))
  const unread = { ...positive(stats.failures), ...undecoded, ...positive(stats.unjoined) }
  if (whole.monitors.length === 0) throw noRows(file, stats.lines, unread)
  if (baseline !== undefined && models.every(({ snapshot }) => isEmpty(snapshot)))
    throw nothingMatched(file, baseline, columns)
  const ends = windowed.snapshot()
  history.take(clock.epochMs(), courseOf(windowed))
  return {
    input: file,
    lines: stats.lines,
    unread,
    from: isoOf(clock.firstMs),
    to: isoOf(clock.lastMs),
    clock: clock.firstMs === undefined ? `${rowsPerSecond} rows a second` : 'timestamps',
    outOfOrder: clock.outOfOrder,
    ...(labelled === undefined ? {} : { performance: labelled.result(clock.epochMs()) }),
    models: models.map(({ monitor, snapshot }) =>
      replayedModel({
        whole: snapshot,
        windowed: ends.find(({ model, version }) => model === monitor.model && version === monitor.version),
        baseline: monitor.baseline,
        live: monitor.liveBaseline(1),
        historyOf: (column) => history.of(snapshot, column),
      }),
    ),
  }
}

const courseOf = ({ monitors }: ModelRegistry): ModelCourse[] => monitors.map((monitor) => monitor.course())

function featuresOf(baseline: Baseline | undefined): ReadonlySet<string> {
  const features = baseline?.columns.filter(({ role }) => role === 'feature') ?? []
  return new Set(features.map(({ name }) => name))
}

function countInto(counts: Record<string, number>, reason: string): void {
  counts[reason] = (counts[reason] ?? 0) + 1
}

function positive(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
}

function isoOf(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : new Date(epochMs).toISOString()
}

/** Whether no row has a value in any column of the baseline. */
function isEmpty({ columns }: ModelSnapshot): boolean {
  return columns.every(({ values: { missing: _, ...found } }) =>
    Object.values(found).every((count) => count === 0),
  )
}

function nothingMatched(file: string, baseline: Baseline, columns: ReadonlySet<string>): ModeltapError {
  const list = (names: readonly string[]): string =>
    names.length > MOST_LISTED ? `${names.slice(0, MOST_LISTED).join(', ')}, …` : names.join(', ')
  return new ModeltapError('INPUT_INVALID', {
    message: `${file} has no value in any column of the baseline: its columns are ${list([...columns])}, those of the baseline ${list(baseline.columns.map(({ name }) => name))}`,
    hint: 'Give the baseline of this model, or choose and rename columns: --features name=column --predictions name=column.',
  })
}

function noRows(file: string, lines: number, unread: Readonly<Record<string, number>>): ModeltapError {
  const reasons = Object.entries(unread).map(([reason, count]) => `${reason}: ${count}`)
  return new ModeltapError('INPUT_INVALID', {
    message: `${file} has no usable rows among ${lines} lines${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}`,
    hint: 'Each line is a JSON object: {"features": …, "predictions": …}, or one key a column, or anything that tail.fields maps. Columns are chosen with --features and --predictions.',
  })
}
