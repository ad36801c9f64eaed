// HOT: per value
/** Fixed bins over the real line: bin i holds the values in (edges[i−1], edges[i]], the outer two are open. */

/** Cells between the first and the last edge. */
const CELLS = 256

export class BinEdges {
  readonly #edges: Float64Array
  readonly #first: number
  readonly #last: number
  readonly #cellsPerUnit: number
  /** By cell, the lowest bin that a value in it can be in. */
  readonly #lowestBins: Uint8Array

  /** @param edges strictly increasing, at most 255 */
  constructor(edges: Float64Array) {
    this.#edges = edges
    this.#first = edges[0] ?? Infinity
    this.#last = edges.at(-1) ?? -Infinity
    const span = this.#last - this.#first
    const cellsPerUnit = CELLS / span
    // Edges too near or too far apart for the arithmetic: all values between them start in the first cell.
    this.#cellsPerUnit = span > 0 && Number.isFinite(cellsPerUnit) && Number.isFinite(span) ? cellsPerUnit : 0
    this.#lowestBins = Uint8Array.from({ length: CELLS + 1 }, (_, cell) => {
      // One cell early, so that a rounding at a cell's border cannot skip a bin.
      const start = this.#first + (cell - 1) / cellsPerUnit
      return this.#cellsPerUnit === 0 ? 0 : lowestBin(edges, start)
    })
  }

  /**
   * Index of the bin of `value`, 0…edges.length.
   *
   * Not a binary search: its branches are a coin toss each for quantile bins. A grid names the bin or one close
   * below, and the walk from there is mostly empty; bench/micro/bin-edges.ts measures both.
   */
  index(value: number): number {
    if (value <= this.#first) return 0
    const edges = this.#edges
    if (value > this.#last) return edges.length
    let bin = this.#lowestBins[((value - this.#first) * this.#cellsPerUnit) | 0] as number
    while (value > (edges[bin] as number)) bin += 1
    return bin
  }
}

/** Index of the first edge that is not below `value`, by binary search. */
export function lowestBin(edges: Float64Array, value: number): number {
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (value <= (edges[middle] as number)) high = middle
    else low = middle + 1
  }
  return low
}

/** Index of `value` among the sorted `values`, −1 when it is none of them. */
export function exactIndex(values: Float64Array, value: number): number {
  const index = lowestBin(values, value)
  return index < values.length && values[index] === value ? index : -1
}
