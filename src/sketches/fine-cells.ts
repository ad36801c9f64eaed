// HOT: per value
/**
 * Counts the numbers of a baseline under construction in some thousand fine cells; the baseline's cells are unions of
 * them. The baseline's counts are therefore exact although its edges are chosen at the end.
 *
 * The first values are stored and determine the edges. If the column later moves elsewhere, an outer cell is cut at the
 * extreme so far, which leaves one part empty and is exact. A cell between edges that fills up is cut where its values
 * arrive, and its few earlier values are divided proportionally.
 */
import { BinEdges } from './bin-edges.ts'
import { type Cells, singleCells } from './cells.ts'
import { nextBelow, shortestBetween } from './neighbours.ts'

/** Number of values that are stored individually. */
export const KEPT_VALUES = 16_384
/** Approximate number of cells for the first values; spikes add more. */
const FINE_CELLS = 2_048
/** Number of cells at which neighbours are joined. */
const MOST_CELLS = 4_096
/** A value with this share of the first values has its own cell. */
const SPIKE_SHARE = 1 / 250
/** A cell with a larger share is cut; one with a smaller share is not. */
const CROWDED_SHARE = 1 / 400
const FEWEST_CROWDED = 64
/** Values between two checks of the cells. */
const LOOK_EVERY = 4_096
const FIRST_CAPACITY = 256

type Numbers = Float64Array

export interface FineCells extends Cells {
  readonly counts: Float64Array
  /** Sum of the values in each cell. */
  readonly sums: Float64Array
  /** For each edge, 1 if all values were counted against it, 0 if some were divided. */
  readonly exact: Uint8Array
}

/** Plain data to restore after a restart. */
export type FineCellsState =
  { readonly kept: Float64Array } | { readonly cells: Omit<FineCells, 'lowMean' | 'highMean'> }

export class FineCellsBuilder {
  #kept: Numbers | undefined = new Float64Array(FIRST_CAPACITY)
  #count = 0
  #min = Infinity
  #max = -Infinity
  // With spare room after the used cells; counts and sums have one more entry than edges.
  #edges: Numbers = new Float64Array(0)
  #counts: Numbers = new Float64Array(0)
  #sums: Numbers = new Float64Array(0)
  #singles: Uint8Array = new Uint8Array(0)
  #exact: Uint8Array = new Uint8Array(0)
  #bins = new BinEdges(this.#edges)
  #most = 0
  #lookAt = 0

  /** @param value finite */
  add(value: number): void {
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    const kept = this.#kept
    if (kept !== undefined) {
      this.#keep(kept, value)
      return
    }
    this.#count += 1
    const cell = this.#bins.index(value)
    this.#counts[cell] = (this.#counts[cell] as number) + 1
    this.#sums[cell] = (this.#sums[cell] as number) + value
    if (this.#counts[cell] > this.#most && this.#singles[cell] === 0) this.#cut(cell, value)
    if (this.#count >= this.#lookAt) this.#look()
  }

  /** Everything so far. More values may follow. */
  cells(): FineCells {
    if (this.#kept !== undefined) return cellsOf(this.#kept.slice(0, this.#count).sort())
    const cells = this.#edges.length + 1
    const counts = this.#counts.slice(0, cells)
    return withMeans({
      edges: this.#edges.slice(),
      counts,
      sums: this.#sums.slice(0, cells),
      exact: this.#exact.slice(),
      min: this.#min,
      max: this.#max,
    })
  }

  state(): FineCellsState {
    if (this.#kept !== undefined) return { kept: this.#kept.slice(0, this.#count) }
    const { edges, counts, sums, exact, min, max } = this.cells()
    return { cells: { edges, counts, sums, exact, min, max } }
  }

  static restored(state: FineCellsState): FineCellsBuilder {
    const builder = new FineCellsBuilder()
    if ('kept' in state) for (const value of state.kept) builder.add(value)
    else builder.#begin(withMeans(state.cells))
    return builder
  }

  #keep(kept: Float64Array, value: number): void {
    if (this.#count === kept.length) {
      this.#kept = new Float64Array(2 * kept.length)
      this.#kept.set(kept)
    }
    ;(this.#kept as Float64Array)[this.#count] = value
    this.#count += 1
    if (this.#count === KEPT_VALUES) this.#begin(this.cells())
  }

  #begin({ edges, counts, sums, exact, min, max }: FineCells): void {
    this.#kept = undefined
    this.#count = counts.reduce((total, count) => total + count, 0)
    this.#min = min
    this.#max = max
    this.#counts = counts
    this.#sums = sums
    this.#exact = exact
    this.#setEdges(edges)
    this.#look()
  }

  #setEdges(edges: Float64Array): void {
    this.#edges = edges
    this.#singles = singleCells(edges)
    this.#bins = new BinEdges(edges)
  }

  #look(): void {
    // In whole intervals, so that a restored counter checks at the same values as the original.
    const count = Math.floor(this.#count / LOOK_EVERY) * LOOK_EVERY
    this.#most = Math.max(FEWEST_CROWDED, count * CROWDED_SHARE)
    this.#lookAt = count + LOOK_EVERY
    if (this.#edges.length < MOST_CELLS) return
    const joined = joinSmall(this.cells(), this.#most / 2)
    this.#counts = joined.counts
    this.#sums = joined.sums
    this.#exact = joined.exact
    this.#setEdges(joined.edges)
  }

  #cut(cell: number, value: number): void {
    const edges = this.#edges
    const count = this.#counts[cell] as number
    const sum = this.#sums[cell] as number
    // An outer cell: everything in it is on one side of the extreme.
    if (cell === 0) this.#insert(cell, nextBelow(this.#min), { count: 0, sum: 0, isExact: true })
    else if (cell === edges.length) this.#insert(cell, this.#max, { count, sum, isExact: true })
    else if (value === edges[cell]) {
      // A repeated value at the end of the cell gets its own cell.
      this.#insert(cell, nextBelow(value), { count: 0, sum: 0, isExact: false })
    } else {
      const low = edges[cell - 1] as number
      const share = (value - low) / ((edges[cell] as number) - low)
      this.#insert(cell, value, { count: Math.round(count * share), sum: sum * share, isExact: false })
    }
  }

  /** Cuts a cell in two; the arguments describe the lower part. */
  #insert(
    cell: number,
    edge: number,
    low: { readonly count: number; readonly sum: number; readonly isExact: boolean },
  ): void {
    // No double is lower than the least one.
    if (!Number.isFinite(edge)) return
    const [count, sum] = [this.#counts[cell] as number, this.#sums[cell] as number]
    this.#edges = inserted(this.#edges, cell, edge)
    this.#counts = inserted(this.#counts, cell, low.count)
    this.#counts[cell + 1] = count - low.count
    this.#sums = inserted(this.#sums, cell, low.sum)
    this.#sums[cell + 1] = sum - low.sum
    const exact = new Uint8Array(this.#exact.length + 1)
    exact.set(this.#exact.subarray(0, cell))
    exact[cell] = low.isExact ? 1 : 0
    exact.set(this.#exact.subarray(cell), cell + 1)
    this.#exact = exact
    const singles = new Uint8Array(this.#singles.length + 1)
    singles.set(this.#singles.subarray(0, cell))
    singles.set(this.#singles.subarray(cell), cell + 1)
    for (const part of [cell, cell + 1]) {
      const [from, to] = [this.#edges[part - 1], this.#edges[part]]
      singles[part] = to !== undefined && from === nextBelow(to) ? 1 : 0
    }
    this.#singles = singles
    this.#bins = new BinEdges(this.#edges)
  }
}

function inserted(values: Float64Array, at: number, value: number): Float64Array {
  const longer = new Float64Array(values.length + 1)
  longer.set(values.subarray(0, at))
  longer[at] = value
  longer.set(values.subarray(at), at + 1)
  return longer
}

function withMeans(cells: Omit<FineCells, 'lowMean' | 'highMean'>): FineCells {
  const { counts, sums } = cells
  const last = counts.length - 1
  return {
    ...cells,
    lowMean: counts[0] === 0 ? cells.min : (sums[0] as number) / (counts[0] as number),
    highMean: counts[last] === 0 ? cells.max : (sums[last] as number) / (counts[last] as number),
  }
}

/** Cells of about equal counts with short numbers as edges; a frequent value has its own cell. */
function cellsOf(sorted: Float64Array): FineCells {
  const fewest = sorted.length / FINE_CELLS
  const spike = Math.max(2, sorted.length * SPIKE_SHARE)
  const edges: number[] = []
  const counts: number[] = []
  const sums: number[] = []
  let [count, sum] = [0, 0]
  const end = (edge: number): void => {
    edges.push(edge)
    counts.push(count)
    sums.push(sum)
    ;[count, sum] = [0, 0]
  }
  for (let start = 0; start < sorted.length;) {
    const value = sorted[start] as number
    let next = start + 1
    while (next < sorted.length && sorted[next] === value) next += 1
    const isSpike = next - start >= spike
    // Also before the first value and after the last one: an outer cell can hold anything.
    if (isSpike && (edges.at(-1) ?? -Infinity) < nextBelow(value)) end(nextBelow(value))
    count += next - start
    sum += value * (next - start)
    start = next
    if (isSpike) end(value)
    else if (start < sorted.length && count >= fewest) end(shortestBetween(value, sorted[start] as number))
  }
  counts.push(count)
  sums.push(sum)
  return withMeans({
    edges: Float64Array.from(edges),
    counts: Float64Array.from(counts),
    sums: Float64Array.from(sums),
    exact: new Uint8Array(edges.length).fill(1),
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  })
}

/** Joins neighbours with at most `most` values together; a single value stays separate. */
function joinSmall(cells: FineCells, most: number): Pick<FineCells, 'edges' | 'counts' | 'sums' | 'exact'> {
  const singles = singleCells(cells.edges)
  const edges: number[] = []
  const exact: number[] = []
  const counts: number[] = [cells.counts[0] as number]
  const sums: number[] = [cells.sums[0] as number]
  for (let cell = 1; cell < cells.counts.length; cell += 1) {
    const count = cells.counts[cell] as number
    const joins = singles[cell] === 0 && singles[cell - 1] === 0 && (counts.at(-1) as number) + count <= most
    if (joins) {
      counts[counts.length - 1] = (counts.at(-1) as number) + count
      sums[sums.length - 1] = (sums.at(-1) as number) + (cells.sums[cell] as number)
    } else {
      edges.push(cells.edges[cell - 1] as number)
      exact.push(cells.exact[cell - 1] as number)
      counts.push(count)
      sums.push(cells.sums[cell] as number)
    }
  }
  return {
    edges: Float64Array.from(edges),
    counts: Float64Array.from(counts),
    sums: Float64Array.from(sums),
    exact: Uint8Array.from(exact),
  }
}
