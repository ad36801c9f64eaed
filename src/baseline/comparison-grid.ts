/**
 * The cells in which a numeric column is compared: at most 256 between quantiles of the baseline, finer in the tails. A
 * frequent value has its own cell. The public bins are unions of cells.
 */
import type { Cells } from '../sketches/cells.ts'
import { singleCells } from '../sketches/cells.ts'
import { type Curve, meanBetween, quantile, shareUpTo } from '../sketches/curve.ts'
import type { FineCells } from '../sketches/fine-cells.ts'
import { nextBelow } from '../sketches/neighbours.ts'
import { NUMERIC_BINS } from './baseline.ts'

/** One less than cells, so that a cell index fits in a byte. */
export const MOST_GRID_EDGES = 255
/** Equal parts of the values: a distance may have an error of half a cell in a hundred. */
const PARTS = 250
/** Splits of the outermost part, where a few distant values make up much of a distance. */
const TAILS = [1 / 2_000, 1 / 1_000, 1 / 500]
/** Tails first: without room for all, cells in the middle become wider. */
const RANKS = [
  ...TAILS,
  ...TAILS.map((rank) => 1 - rank),
  ...Array.from({ length: PARTS - 1 }, (_, i) => (i + 1) / PARTS),
]
/** A value with at least this share has its own cell. */
const SPIKE_SHARE = 1 / PARTS
/** Edges cut later, without exact counts, are used only where no other edges leave so few values between them. */
const WIDEST_SHARE = 1 / 200
const EDGE_DIGITS = 6

/** A column's grid and the edges of its public bins, which are among the grid's edges. */
export interface ComparisonGrid extends Cells {
  readonly binEdges: readonly number[]
}

/** Unions of the fine cells, so all counts are as exact as theirs. */
export function gridOfFineCells(fine: FineCells): ComparisonGrid {
  const { counts, sums, min, max } = fine
  const upTo = new Float64Array(fine.edges.length)
  let count = 0
  for (let edge = 0; edge < upTo.length; edge += 1) upTo[edge] = count += counts[edge] as number
  const total = count + (counts.at(-1) ?? 0)
  const singles = singleCells(fine.edges)
  const usable = usableEdges(fine, upTo, total)
  const bins = new Set<number>()
  // The lower edge of a single value is not a readable number.
  const readable = usable.filter((edge) => singles[edge + 1] === 0)
  for (let bin = 1; bin < NUMERIC_BINS; bin += 1) {
    const edge = nearest(readable, upTo, (total * bin) / NUMERIC_BINS)
    if (edge !== undefined) bins.add(edge)
  }
  const spikes = [...singles.keys()].filter(
    (cell) => singles[cell] === 1 && (counts[cell] as number) >= total * SPIKE_SHARE,
  )
  const chosen = new Set(bins)
  const choose = (edge: number | undefined): void => {
    if (edge !== undefined && chosen.size < MOST_GRID_EDGES) chosen.add(edge)
  }
  // The most frequent values first, while there is room.
  spikes.sort((a, b) => (counts[b] as number) - (counts[a] as number))
  for (const cell of spikes) choose(cell)
  for (const rank of RANKS) choose(nearest(usable, upTo, total * rank))
  for (const cell of spikes) choose(cell - 1)
  const kept = [...chosen].toSorted((a, b) => a - b)
  const edges = Float64Array.from(kept, (edge) => fine.edges[edge] as number)
  const lastEdge = kept.at(-1) ?? -1
  const meanOf = (from: number, to: number, extreme: number): number => {
    let sum = 0
    let values = 0
    for (let cell = from; cell <= to; cell += 1) {
      sum += sums[cell] as number
      values += counts[cell] as number
    }
    // The sum of very large values may be infinite.
    return Number.isFinite(sum / values) ? sum / values : extreme
  }
  const firstEdge = kept[0] ?? fine.edges.length
  return {
    edges,
    counts: Float64Array.from({ length: kept.length + 1 }, (_, i) => {
      const to = i < kept.length ? (upTo[kept[i] as number] as number) : total
      return to - (i === 0 ? 0 : (upTo[kept[i - 1] as number] as number))
    }),
    min,
    max,
    lowMean: meanOf(0, firstEdge, min),
    highMean: meanOf(lastEdge + 1, fine.edges.length, max),
    binEdges: [...bins].toSorted((a, b) => a - b).map((edge) => fine.edges[edge] as number),
  }
}

/** Edges with values on both sides; those with exact counts where they are close enough to each other. */
function usableEdges({ exact }: FineCells, upTo: Float64Array, total: number): number[] {
  const inside = [...upTo.keys()].filter((edge) => {
    const below = upTo[edge] as number
    return below > 0 && below < total
  })
  const usable: number[] = []
  let since: number[] = []
  let last = 0
  for (const edge of [...inside, -1]) {
    if (edge >= 0 && exact[edge] !== 1) {
      since.push(edge)
      continue
    }
    const below = edge < 0 ? total : (upTo[edge] as number)
    if (below - last > total * WIDEST_SHARE) usable.push(...since)
    if (edge >= 0) usable.push(edge)
    since = []
    last = below
  }
  return usable
}

/** The candidate with the number of values below it that is nearest to `wanted`. */
function nearest(places: readonly number[], upTo: Float64Array, wanted: number): number | undefined {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((upTo[places[middle] as number] as number) < wanted) low = middle + 1
    else high = middle
  }
  const [before, after] = [places[low - 1], places[low]]
  if (before === undefined || after === undefined) return before ?? after
  return wanted - (upTo[before] as number) < (upTo[after] as number) - wanted ? before : after
}

/**
 * Builds a grid for values known only by their distribution: a digest, parts with their own edges, a window.
 *
 * @param total number of values in the curve
 * @param given edges of the bins, if already decided
 */
export function gridOfCurve(curve: Curve, total: number, given?: readonly number[]): ComparisonGrid {
  const [min, max] = [curve.x[0] ?? Number.NaN, curve.x.at(-1) ?? Number.NaN]
  const isInside = (edge: number): boolean => edge < max && shareUpTo(curve, edge) > 0
  const binEdges = given ?? quantileEdges(curve).filter(isInside)
  const wanted = new Set(binEdges)
  const spikes = [...curve.x.keys()]
    .map((knot) => ({
      at: curve.x[knot] as number,
      share: (curve.upto[knot] as number) - (curve.below[knot] as number),
    }))
    .filter(({ share }) => share >= SPIKE_SHARE)
  for (const { at } of spikes) wanted.add(at)
  for (const rank of RANKS) {
    // The edges of the bins are already present, rounded.
    if (Math.abs(rank * NUMERIC_BINS - Math.round(rank * NUMERIC_BINS)) < 1e-9) continue
    const edge = quantile(curve, rank)
    if (wanted.size < MOST_GRID_EDGES && isInside(edge)) wanted.add(edge)
  }
  for (const { at } of spikes.toSorted((a, b) => b.share - a.share)) {
    if (wanted.size < MOST_GRID_EDGES) wanted.add(nextBelow(at))
  }
  const edges = Float64Array.from(wanted).sort()
  const upTo = [0, ...Array.from(edges, (edge) => shareUpTo(curve, edge)), 1]
  return {
    edges,
    counts: Float64Array.from({ length: edges.length + 1 }, (_, cell) => {
      return total * Math.max(0, (upTo[cell + 1] as number) - (upTo[cell] as number))
    }),
    min,
    max,
    lowMean: meanBetween(curve, -Infinity, edges[0] ?? max) ?? min,
    highMean: meanBetween(curve, edges.at(-1) ?? -Infinity, max) ?? max,
    binEdges,
  }
}

/** Distinct quantiles that cut the values in equal parts, rounded to six digits for readability. */
function quantileEdges(curve: Curve): number[] {
  const edges: number[] = []
  for (let i = 1; i < NUMERIC_BINS; i += 1) {
    const exact = quantile(curve, i / NUMERIC_BINS)
    const rounded = Number(exact.toPrecision(EDGE_DIGITS))
    // Rounding must not move an edge over many values: large identifiers and timestamps differ in later digits.
    const moved = Math.abs(shareUpTo(curve, rounded) - shareUpTo(curve, exact)) > 0.1 / NUMERIC_BINS
    const edge = moved ? exact : rounded
    if (edge > (edges.at(-1) ?? -Infinity)) edges.push(edge)
  }
  return edges
}
