/**
 * State of the watched models to restore after a restart: plain data, in parts small enough to serialise in one step.
 */
import type { Baseline } from '../baseline/baseline.ts'
import type { BaselineBuilderState } from '../baseline/builder.ts'
import type { BoundsViolations } from '../quality/bounds-check.ts'
import type { RowOutlierHistogram } from '../quality/row-outliers.ts'
import type { RowCounts } from '../quality/row-quality.ts'
import { ValueCounts, type ValueKind } from '../quality/value-counts.ts'
import type { ColumnWindowsState } from '../windows/column-windows.ts'
import type { ColumnState } from './column-monitor.ts'

/** Changes with the meaning of anything below; checkpoints of other versions are set aside. */
export const STATE_VERSION = 4

export interface LearnerState {
  readonly builder: BaselineBuilderState
  /** Time since learning began. */
  readonly elapsedMs: number
}

/** One version of one model; the parts of its columns follow it. */
export interface ModelState {
  readonly kind: 'model'
  readonly model: string
  readonly version: string
  readonly protocol: string
  readonly predictionRows: number
  readonly windowsMs: readonly number[]
  /** Hash of the baseline that the columns were counted against; undefined while learning. */
  readonly baselineHash: string | undefined
  /** A learned baseline; a loaded one is in its file. */
  readonly baseline: Baseline | undefined
  readonly learner: LearnerState | undefined
  readonly boundsViolations: readonly Readonly<BoundsViolations>[]
  readonly rowCounts: RowCounts | undefined
  readonly rowOutliers: RowOutlierHistogram | undefined
  /** For columns that are not compared, in the baseline's order. */
  readonly presences: readonly Readonly<Record<ValueKind, number>>[] | undefined
  /** Rows of the windows by hour, and progress of the current day; only with a baseline. */
  readonly hours: ColumnWindowsState | undefined
  readonly dayElapsedMs: number | undefined
}

/** The next column of the preceding model, in the baseline's order. */
export interface ColumnPart {
  readonly kind: 'column'
  readonly state: ColumnState
}

export type StatePart = ModelState | ColumnPart

/**
 * The part without the values exported as counters. Prometheus takes a counter that continues below its last scraped
 * value for a reset and adds its whole value again; a counter that starts at 0 is added correctly.
 */
export function withoutCounters(part: StatePart): StatePart {
  if (part.kind === 'model')
    return {
      ...part,
      predictionRows: 0,
      boundsViolations: [],
      rowCounts: undefined,
      rowOutliers: undefined,
      presences: undefined,
    }
  const { totals, windows, calibration, looks, alarms } = part.state
  const values = new ValueCounts().snapshot()
  return {
    kind: 'column',
    state: { windows, calibration, looks, alarms, values, outliers: 0, totals: totals.map(() => 0) },
  }
}
