/**
 * What the instruments, the API and the status page read: the immutable result of one evaluation tick.
 * Counters in it are cumulative since the start (or since the restored checkpoint); gauges are of the tick.
 * What is absent here is absent from the exposition.
 */
import type { ColumnKind, ColumnRole, UncomparedKind } from '../baseline/column-kind.ts'
import type { BoundsViolations } from '../quality/bounds-check.ts'
import type { RowOutlierHistogram } from '../quality/row-outliers.ts'
import type { RowCounts } from '../quality/row-quality.ts'
import type { ValueKind } from '../quality/value-counts.ts'

export { VALUE_KINDS, type ValueKind } from '../quality/value-counts.ts'

export interface BinSnapshot {
  /** Label value `bin`: `le_12.5` … `inf` for numeric, `v_3` for discrete, the category itself, or `missing`, `other`, `unseen`. */
  readonly label: string
  /** 1, 2, 3… from the lowest numbers to the highest; undefined where the bin has no place in an order. */
  readonly position?: number | undefined
  /** Share of the baseline's rows in this bin, 0…1. */
  readonly baselineRatio: number
  /** Live rows counted into this bin since the start. */
  readonly total: number
}

export interface ScoreSnapshot {
  readonly statistic: string
  readonly value: number
  readonly threshold: number
  /** Of this one test alone, 0…1; only for the statistics that have one. */
  readonly pValue?: number
}

export interface ColumnWindowSnapshot {
  /** As in the config: `5m`. */
  readonly window: string
  /** Rows of the window, missing ones included. */
  readonly observations: number
  /** Empty below the minimum sample. */
  readonly scores: readonly ScoreSnapshot[]
  /** What the window varies by without drift, however many rows it has, in units of 1 / rows; absent for nothing. */
  readonly excess?: number
  /** Whether any change but broken data could be above its limit; absent below the minimum sample. */
  readonly isDecisive?: boolean
  /** No day of traffic has been judged yet: only missing, unseen and far values count. */
  readonly isProvisional?: boolean
  /** Of each bin: the share that is expected at these hours, and how far it may lie from that. Only bins that can say something, of the longest window of up to an hour. */
  readonly binLimits?: readonly { readonly bin: string; readonly expected: number; readonly limit: number }[]
  /** What deviates most from what is expected at these hours; absent where nothing can. */
  readonly reason?: {
    readonly direction: string
    readonly value: number
    readonly expected: number
    readonly limit: number
  }
  /** `q` in 0…1; empty for categorical columns and for windows without a number. */
  readonly quantiles: readonly { readonly q: number; readonly value: number }[]
  /** Share of the window's rows by class, for categorical and discrete columns; 0…1. */
  readonly classes: readonly { readonly label: string; readonly ratio: number }[]
  /** Whether all values of the window are one, though the baseline's are not; absent below the minimum sample. */
  readonly constant?: boolean
  /** Share of predictions of low confidence, 0…1; only for columns of confidences with enough rows. */
  readonly lowConfidenceRatio?: number
}

export interface ColumnSnapshot {
  readonly role: ColumnRole
  readonly name: string
  readonly kind: ColumnKind
  readonly values: Readonly<Record<ValueKind, number>>
  readonly bins: readonly BinSnapshot[]
  readonly windows: readonly ColumnWindowSnapshot[]
  /** Values beyond the baseline's robust fences since the start; only for numeric columns. */
  readonly outliers?: number
}

/** A column that is not compared, and why. */
export interface UncomparedSnapshot {
  readonly role: ColumnRole
  readonly name: string
  readonly kind: UncomparedKind
  readonly values: Readonly<Record<ValueKind, number>>
}

export interface ExtraColumn {
  readonly role: ColumnRole
  readonly name: string
}

export type BaselineState =
  | {
      readonly state: 'learning'
      readonly rows: number
      readonly targetRows: number
      /** What is learned of rows and of time, whichever is less, 0…1. */
      readonly ratio: number
    }
  | {
      readonly state: 'learned' | 'loaded'
      readonly rows: number
      readonly hash: string
      readonly createdEpochMs: number
    }

export interface ModelSnapshot {
  readonly model: string
  readonly version: string
  readonly protocol: string
  /** Rows predicted since the start. */
  readonly predictionRows: number
  readonly baseline: BaselineState
  /** Empty while the baseline is being learned. */
  readonly columns: readonly ColumnSnapshot[]
  /** Absent while the baseline is being learned, and where it compares all columns. */
  readonly uncompared?: readonly UncomparedSnapshot[]
  /** Complete days of traffic that limits rest on: the baseline's and live ones. Absent while learning. */
  readonly calibrationDays?: number
  /** Features that drift, as a share of those that have a score; absent without one. */
  readonly driftedFeaturesRatio: readonly { readonly window: string; readonly ratio: number }[]
  /** Rows with something wrong as a whole, since the start; absent while the baseline is being learned. */
  readonly rowCounts?: RowCounts
  /** Rows by their share of columns with an outlier (bounds: OUTLIER_RATIO_BOUNDS); absent with `rowCounts`. */
  readonly rowOutliers?: RowOutlierHistogram
  /** Live columns that the baseline lacks, the first few dozen names; absent with `rowCounts`. */
  readonly columnsNotInBaseline?: readonly ExtraColumn[]
  /** Numbers outside their declared bounds since the start, for each declared column that has been seen. */
  readonly boundsViolations?: readonly Readonly<BoundsViolations>[]
}

export interface Snapshot {
  readonly takenEpochMs: number
  readonly models: readonly ModelSnapshot[]
}
