/** The result of a replay: the content of `--json`, and the data of table and report. */
import type {
  BaselineState,
  ColumnSnapshot,
  ExtraColumn,
  ModelSnapshot,
  ScoreSnapshot,
} from '../../analysis/snapshot.ts'
import type { Baseline, BaselineColumn } from '../../baseline/baseline.ts'
import { type NumberStatistics, numberStatistics } from './column-statistics.ts'
import type { HistoryPoint } from './history.ts'
import type { LabelledResult } from './labelled.ts'

/** The name of the window over the whole file. */
export const WHOLE = 'all'

export interface ReplayedScore extends ScoreSnapshot {
  readonly drifted: boolean
}

export interface ReplayedWindow {
  /** `all` for the whole file; the other windows are as of its end. */
  readonly window: string
  readonly observations: number
  readonly scores: readonly ReplayedScore[]
  /** As in the snapshot. */
  readonly isDecisive?: boolean
  readonly quantiles: readonly { readonly q: number; readonly value: number }[]
}

export interface ReplayedColumn extends Pick<ColumnSnapshot, 'role' | 'name' | 'kind' | 'values'> {
  /** Shares of all rows, 0…1. */
  readonly bins: readonly { readonly label: string; readonly baseline: number; readonly live: number }[]
  /** Null for categories, and when no row has a number. */
  readonly numbers: { readonly baseline: NumberStatistics | null; readonly live: NumberStatistics | null }
  readonly windows: readonly ReplayedWindow[]
  readonly history: readonly HistoryPoint[]
}

export interface ReplayedModel {
  readonly model: string
  readonly version: string
  readonly rows: number
  readonly baseline: BaselineState
  /** Columns of the file that the baseline lacks, the first few dozen. */
  readonly columnsNotInBaseline: readonly ExtraColumn[]
  readonly columns: readonly ReplayedColumn[]
}

export interface ReplayResult {
  readonly input: string
  /** Lines of JSON or rows of a table. */
  readonly lines: number
  /** Unusable lines by reason, without zero counts. */
  readonly unread: Readonly<Record<string, number>>
  /** ISO 8601; null when the rows have no timestamps. */
  readonly from: string | null
  readonly to: string | null
  /** Source of the time: `timestamps`, or the assumed rate. */
  readonly clock: string
  /** Rows with a timestamp before that of an earlier row. */
  readonly outOfOrder: number
  readonly models: readonly ReplayedModel[]
  /** Absent without labels. */
  readonly performance?: LabelledResult
}

export function hasDrifted({ models }: ReplayResult): boolean {
  return models.some(({ columns }) => columns.some(isDrifted))
}

/** Over the whole file. */
export function isDrifted({ windows }: ReplayedColumn): boolean {
  return windows.some(({ window, scores }) => window === WHOLE && scores.some(({ drifted }) => drifted))
}

export interface ModelParts {
  /** The model over the whole file in one window. */
  readonly whole: ModelSnapshot
  /** The same model with the configured windows, at the end of the file. */
  readonly windowed: ModelSnapshot | undefined
  readonly baseline: Baseline | undefined
  /** All rows of the file as a baseline. */
  readonly live: Baseline | undefined
  readonly historyOf: (column: ColumnSnapshot) => readonly HistoryPoint[]
}

export function replayedModel({ whole, windowed, baseline, live, historyOf }: ModelParts): ReplayedModel {
  const { model, version, predictionRows } = whole
  return {
    model,
    version,
    rows: predictionRows,
    baseline: whole.baseline,
    columnsNotInBaseline: whole.columnsNotInBaseline ?? [],
    columns: whole.columns.map((column) => {
      const { role, name, kind, values } = column
      const twin = windowed?.columns.find((other) => other.role === role && other.name === name)
      const total = column.bins.reduce((sum, bin) => sum + bin.total, 0)
      return {
        role,
        name,
        kind,
        values,
        bins: column.bins.map((bin) => ({
          label: bin.label,
          baseline: bin.baselineRatio,
          live: total === 0 ? 0 : bin.total / total,
        })),
        numbers: { baseline: statisticsIn(baseline, column), live: statisticsIn(live, column) },
        windows: [
          ...column.windows.map((window) => ({ ...replayedWindow(window), window: WHOLE })),
          ...(twin?.windows ?? []).map(replayedWindow),
        ],
        history: historyOf(column),
      }
    }),
  }
}

function statisticsIn(
  baseline: Baseline | undefined,
  { role, name }: Pick<BaselineColumn, 'role' | 'name'>,
): NumberStatistics | null {
  const column = baseline?.columns.find((other) => other.role === role && other.name === name)
  return numberStatistics(column, baseline?.rows ?? 0)
}

function replayedWindow({
  window,
  observations,
  scores,
  isDecisive,
  quantiles,
}: ColumnSnapshot['windows'][number]): ReplayedWindow {
  return {
    window,
    observations,
    scores: scores.map((score) => ({ ...score, drifted: score.value > score.threshold })),
    ...(isDecisive !== undefined && { isDecisive }),
    quantiles,
  }
}
