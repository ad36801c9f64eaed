/** Differences between two baselines: columns, and the drift of the second against the first. Pure. */
import { baselineNumbers } from '../../analysis/column-scores.ts'
import type { Baseline, BaselineColumn } from '../../baseline/baseline.ts'
import { fillUnseen } from '../../baseline/bins.ts'
import type { ColumnRole } from '../../baseline/column-kind.ts'
import { layoutOf } from '../../baseline/layout.ts'
import { hasherOf } from '../../baseline/name-hash.ts'
import { findStatistic, type StatisticName } from '../../drift/index.ts'
import type { DriftOptions } from '../../drift/options.ts'
import {
  chanceThreshold,
  type Comparison,
  type NumberComparison,
  type Statistic,
} from '../../drift/statistic.ts'
import { curveOfColumn, type NameHashing, sharesInBinsOf } from './live-shares.ts'

export interface ColumnName {
  readonly role: ColumnRole
  readonly name: string
  readonly kind: string
}

export interface DiffScore {
  readonly statistic: string
  readonly value: number
  readonly threshold: number
  readonly drifted: boolean
}

export interface ComparedColumn extends ColumnName {
  /** Rows of the first and of the second baseline. */
  readonly rows: readonly [number, number]
  /** Empty when a file has fewer rows than `drift.minSamples`. */
  readonly scores: readonly DiffScore[]
  readonly drifted: boolean
  readonly bins: readonly { readonly label: string; readonly baseline: number; readonly live: number }[]
}

export interface BaselineDiff {
  readonly added: readonly ColumnName[]
  readonly removed: readonly ColumnName[]
  readonly kindChanged: readonly (ColumnName & { readonly from: string })[]
  /** Same kind, but category names that cannot be compared. */
  readonly notComparable: readonly ColumnName[]
  /** Sorted by distance above their threshold. */
  readonly columns: readonly ComparedColumn[]
}

export interface CompareSettings {
  readonly drift: Pick<DriftOptions, 'statistics' | 'minSamples' | 'falseAlarmsPerFile' | 'effect'>
  /** `privacy.key`, for names hashed with it. */
  readonly nameKey: string | undefined
}

export function compareBaselines(a: Baseline, b: Baseline, settings: CompareSettings): BaselineDiff {
  const [inA, inB] = [allColumns(a), allColumns(b)]
  const both = [...inB.values()].flatMap((second) => {
    const first = inA.get(keyOf(second))
    return first === undefined ? [] : [{ first, second }]
  })
  const hashing: NameHashing = { hashName: hasherOf(a.nameKey, settings.nameKey) }
  const isSameHashing = a.nameKey?.id === b.nameKey?.id
  const pairs = both.flatMap(({ first, second }) => {
    const [one, two] = [a.columns.find(sameAs(first)), b.columns.find(sameAs(second))]
    if (one === undefined || two === undefined) return []
    if (one.kind !== two.kind && [one.kind, two.kind].includes('categorical')) return []
    const isHashed = one.kind === 'categorical' && one.hashed === true
    const rows = [one.rows ?? a.rows, two.rows ?? b.rows] as const
    const shares = isHashed && !isSameHashing ? undefined : sharesInBinsOf(one, two, rows[1], hashing)
    return [{ name: { ...second, kind: one.kind }, one, two, rows, shares }]
  })
  const comparable = pairs.flatMap(({ shares, ...pair }) =>
    shares === undefined ? [] : [{ ...pair, shares }],
  )
  const statistics = settings.drift.statistics.map(findStatistic)
  const tests = comparable.reduce(
    (sum, { one }) => sum + statistics.filter(({ accepts }) => accepts.includes(one.kind)).length,
    0,
  )
  const tail = settings.drift.falseAlarmsPerFile / Math.max(1, tests)
  return {
    added: [...inB.values()].filter((column) => !inA.has(keyOf(column))),
    removed: [...inA.values()].filter((column) => !inB.has(keyOf(column))),
    kindChanged: both
      .filter(({ first, second }) => first.kind !== second.kind)
      .map(({ first, second }) => ({ ...second, from: first.kind })),
    notComparable: pairs.filter(({ shares }) => shares === undefined).map(({ name }) => name),
    columns: comparable
      .map(({ name, one, two, rows, shares }) => {
        const scores = scoresOf(
          { one, two, rows, shares },
          {
            ...settings.drift,
            tail,
            statistics: statistics.filter(({ accepts }) => accepts.includes(one.kind)),
          },
        )
        const bins = shares.labels.map((label, bin) => ({
          label,
          baseline: shares.baseline[bin] ?? 0,
          live: shares.live[bin] ?? 0,
        }))
        return { ...name, rows, scores, drifted: scores.some(({ drifted }) => drifted), bins }
      })
      .toSorted((x, y) => excessOf(y) - excessOf(x)),
  }
}

/** The highest score as a multiple of its threshold. */
export function excessOf({ scores }: Pick<ComparedColumn, 'scores'>): number {
  return Math.max(0, ...scores.map(({ value, threshold }) => value / threshold))
}

interface Pair {
  readonly one: BaselineColumn
  readonly two: BaselineColumn
  readonly rows: readonly [number, number]
  readonly shares: { readonly baseline: Float64Array; readonly live: Float64Array }
}

interface ScoreOptions extends Pick<DriftOptions, 'minSamples' | 'effect'> {
  readonly statistics: readonly Statistic[]
  /** False-alarm probability of one score, 0…1. */
  readonly tail: number
}

function scoresOf(
  { one, two, rows, shares }: Pair,
  { statistics, minSamples, effect, tail }: ScoreOptions,
): DiffScore[] {
  const [baselineRows, liveRows] = rows
  if (Math.min(baselineRows, liveRows) < minSamples) return []
  const comparison: Comparison = {
    baseline: shares.baseline,
    live: fillUnseen(layoutOf(one, baselineRows).bins, Float64Array.from(shares.live)),
    baselineRows,
    liveRows,
    numbers: numbersOf(one, two, rows, minSamples),
  }
  return statistics.flatMap((statistic) => {
    const value = statistic.compute(comparison)
    if (!Number.isFinite(value)) return []
    const smallest = effect[statistic.name as StatisticName] ?? statistic.effect
    const threshold = chanceThreshold(statistic, comparison, { tail, excess: 0 }, smallest)
    return [{ statistic: statistic.name, value, threshold, drifted: value > threshold }]
  })
}

function numbersOf(
  one: BaselineColumn,
  two: BaselineColumn,
  [baselineRows, liveRows]: readonly [number, number],
  minSamples: number,
): NumberComparison | undefined {
  const layout = layoutOf(one, baselineRows).numbers
  if (one.kind === 'categorical' || two.kind === 'categorical' || layout === undefined) return undefined
  const { curve, values, ...scale } = baselineNumbers(one, layout)
  const liveValues = (1 - two.missing) * liveRows
  if (Math.min(values, liveValues) < minSamples) return undefined
  return { live: curveOfColumn(two, liveRows), liveValues, baseline: curve, baselineValues: values, ...scale }
}

function allColumns({ columns, uncompared = [] }: Baseline): Map<string, ColumnName> {
  const names = [...columns, ...uncompared].map(({ role, name, kind }) => ({ role, name, kind }))
  return new Map(names.map((column) => [keyOf(column), column]))
}

const keyOf = ({ role, name }: Pick<ColumnName, 'role' | 'name'>): string => `${role} ${name}`
const sameAs =
  (wanted: ColumnName) =>
  ({ role, name }: BaselineColumn): boolean =>
    role === wanted.role && name === wanted.name
