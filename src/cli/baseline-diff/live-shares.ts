/** Counts one baseline's column in the bins of another, as if its rows were a live window. */
import type {
  BaselineColumn,
  CategoricalColumn,
  DiscreteColumn,
  NumericColumn,
} from '../../baseline/baseline.ts'
import { binsOf } from '../../baseline/bins.ts'
import { cellsOfColumn } from '../../baseline/column-cells.ts'
import type { HashName } from '../../baseline/name-hash.ts'
import { curveOfCells } from '../../sketches/cells.ts'
import { type Curve, shareUpTo } from '../../sketches/curve.ts'

export interface BinShares {
  readonly labels: readonly string[]
  /** Shares of the rows; each array adds up to 1. */
  readonly baseline: Float64Array
  readonly live: Float64Array
}

export interface NameHashing {
  /** The hash function of the first baseline's names; undefined without its key. */
  readonly hashName: HashName | undefined
}

/** `undefined` for numbers against categories, which have no common bins. */
export function sharesInBinsOf(
  baseline: BaselineColumn,
  live: BaselineColumn,
  liveRows: number,
  hashing: NameHashing,
): BinShares | undefined {
  if (baseline.kind === 'categorical' && live.kind === 'categorical')
    return categoryShares(baseline, live, hashing)
  if (baseline.kind === 'categorical' || live.kind === 'categorical') return undefined
  if (baseline.kind === 'discrete' && live.kind === 'discrete') return valueShares(baseline, live)
  return numberShares(baseline, live, liveRows)
}

export function curveOfColumn(column: NumericColumn | DiscreteColumn, rows: number): Curve {
  const cells = cellsOfColumn(column, rows)
  return curveOfCells(cells.edges, cells)
}

/**
 * Few discrete values against many: each of the few is the upper edge of a bin, so that values in between are not new.
 */
function numberShares(
  baseline: NumericColumn | DiscreteColumn,
  live: NumericColumn | DiscreteColumn,
  liveRows: number,
): BinShares {
  const edges = baseline.kind === 'numeric' ? baseline.edges : baseline.values
  const { labels, shares, missing } = binsOf(baseline)
  const curve = curveOfColumn(live, liveRows)
  const counted = new Float64Array(labels.length)
  const isEmpty = curve.x.length === 0
  let below = 0
  for (let bin = 0; bin <= edges.length && !isEmpty; bin += 1) {
    const edge = edges[bin]
    const upTo = edge === undefined ? 1 : shareUpTo(curve, edge)
    counted[bin] = (1 - live.missing) * Math.max(0, upTo - below)
    below = upTo
  }
  counted[missing] = isEmpty ? 1 : live.missing
  return { labels, baseline: shares, live: counted }
}

function valueShares(baseline: DiscreteColumn, live: DiscreteColumn): BinShares {
  const { labels, shares, missing, unseen } = binsOf(baseline)
  const counted = new Float64Array(labels.length)
  for (const [place, value] of live.values.entries()) {
    const bin = baseline.values.indexOf(value)
    const at = bin < 0 ? unseen : bin
    counted[at] = (counted[at] ?? 0) + (live.shares[place] ?? 0)
  }
  counted[missing] = live.missing
  return { labels, baseline: shares, live: counted }
}

/** Categories that the second file counts together without a name count as `other` on both sides. */
function categoryShares(
  baseline: CategoricalColumn,
  live: CategoricalColumn,
  { hashName }: NameHashing,
): BinShares | undefined {
  // Plain names and hashes cannot be compared.
  if ((baseline.hashed === true) !== (live.hashed === true)) return undefined
  const { labels, shares, missing, other, unseen } = binsOf(baseline)
  const expected = Float64Array.from(shares)
  const counted = new Float64Array(labels.length)
  const add = (bin: number, share: number): void => void (counted[bin] = (counted[bin] ?? 0) + share)
  const unnamed = live.other + (live.unseen ?? 0)
  const named = new Set(live.categories)
  const rare = new Set(baseline.rare)
  const hashes = new Set(baseline.rareHashes)
  const isRare = (category: string): boolean =>
    rare.has(category) || (hashName !== undefined && hashes.has(hashName(category))) || !baseline.complete
  for (const [place, category] of live.categories.entries()) {
    const bin = baseline.categories.indexOf(category)
    add(bin >= 0 ? bin : isRare(category) ? other : unseen, live.shares[place] ?? 0)
  }
  for (const [bin, category] of baseline.categories.entries()) {
    if (unnamed === 0 || named.has(category)) continue
    expected[other] = (expected[other] ?? 0) + (expected[bin] ?? 0)
    expected[bin] = 0
  }
  add(other, unnamed)
  add(missing, live.missing)
  return { labels, baseline: expected, live: counted }
}
