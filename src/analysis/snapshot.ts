/**
 * The immutable result of one evaluation, read by the instruments, the API and the status page. Its counters are
 * cumulative since the start (or since the restored checkpoint); its gauges belong to this evaluation. Values absent
 * here are absent from the exposition.
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
  /** 1, 2, 3… from the lowest numbers to the highest; undefined for bins without an order. */
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
  /** Of this single test, 0…1; only for statistics that have one. */
  readonly pValue?: number
}

export interface ColumnWindowSnapshot {
  /** As in the config: `5m`. */
  readonly window: string
  /** Rows of the window, including missing values. */
  readonly observations: number
  /** Empty below the minimum sample. */
  readonly scores: readonly ScoreSnapshot[]
  /** Variation of the window without drift that more rows do not reduce, in units of 1 / rows; absent when 0. */
  readonly excess?: number
  /** Whether any change except broken data can exceed the limit; absent below the minimum sample. */
  readonly isDecisive?: boolean
  /** No day of traffic has been judged yet: only missing, unseen and distant values count. */
  readonly isProvisional?: boolean
  /**
   * For each bin: the share expected at this time of day, and the allowed distance from it. Only bins with a finite
   * limit, of the longest window of up to an hour.
   */
  readonly binLimits?: readonly { readonly bin: string; readonly expected: number; readonly limit: number }[]
  /** The direction that deviates most from the expectation; absent when none can. */
  readonly reason?: {
    readonly direction: string
    readonly value: number
    readonly expected: number
    readonly limit: number
  }
  /** `q` in 0…1; empty for categorical columns and for windows without numbers. */
  readonly quantiles: readonly { readonly q: number; readonly value: number }[]
  /** Of the window's numbers; absent where it has none. */
  readonly mean?: number
  /** Share of the window's rows by class, for categorical and discrete columns; 0…1. */
  readonly classes: readonly { readonly label: string; readonly ratio: number }[]
  /** Whether all values of the window are equal although the baseline's are not; absent below the minimum sample. */
  readonly constant?: boolean
  /** Share of predictions with low confidence, 0…1; only for confidence columns with enough rows. */
  readonly lowConfidenceRatio?: number
}

export interface ColumnSnapshot {
  readonly role: ColumnRole
  readonly name: string
  readonly kind: ColumnKind
  readonly values: Readonly<Record<ValueKind, number>>
  readonly bins: readonly BinSnapshot[]
  readonly windows: readonly ColumnWindowSnapshot[]
  /** Of the baseline's numbers; absent for categories. */
  readonly baselineCentre?: { readonly mean: number; readonly median: number }
  /** Values beyond the baseline's robust fences since the start; only for numeric columns. */
  readonly outliers?: number
}

/** A column that is not compared, with the reason. */
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
      /** Learning progress: the lesser of rows and time, 0…1. */
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
  /** Empty while modeltap learns the baseline. */
  readonly columns: readonly ColumnSnapshot[]
  /** Absent while learning, and when the baseline compares all columns. */
  readonly uncompared?: readonly UncomparedSnapshot[]
  /** Complete days of traffic that the limits are based on: the baseline's and live ones. Absent while learning. */
  readonly calibrationDays?: number
  /** Share of drifting features among those with a score; absent without a score. */
  readonly driftedFeaturesRatio: readonly { readonly window: string; readonly ratio: number }[]
  /** Rows with a problem as a whole, since the start; absent while learning. */
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
