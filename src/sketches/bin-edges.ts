// HOT: per value
/** Fixed bins over the real line: bin i holds the values in (edges[i−1], edges[i]]; the outer bins are open. */

import { nearestDecimal } from '../lib/nearest-decimal.ts'

/** Relative distance of two 32-bit floats. */
const FLOAT_STEP = 2 ** -23
/** Table entries for each edge, and their minimum and maximum number. */
const ENTRIES_PER_EDGE = 2
const FEWEST_ENTRIES = 256
const MOST_ENTRIES = 4_096
/** Number of edges in one entry from which bisection is faster than a linear walk. */
const WALKED = 8

export class BinEdges {
  readonly #edges: Float64Array
  readonly #first: number
  readonly #last: number
  readonly #entriesPerUnit: number
  /** For each table entry, the lowest possible bin of its values; the next entry has the highest. */
  readonly #lowestBins: Uint16Array

  /** @param edges strictly increasing, at most 65,535 */
  constructor(edges: Float64Array) {
    this.#edges = edges
    this.#first = edges[0] ?? Infinity
    this.#last = edges.at(-1) ?? -Infinity
    const entries = Math.min(Math.max(ENTRIES_PER_EDGE * edges.length, FEWEST_ENTRIES), MOST_ENTRIES)
    const span = this.#last - this.#first
    const perUnit = entries / span
    // The distance of the edges exceeds the arithmetic: all values start in the first entry.
    this.#entriesPerUnit = span > 0 && Number.isFinite(perUnit) && Number.isFinite(span) ? perUnit : 0
    this.#lowestBins = new Uint16Array(entries + 4).fill(edges.length)
    this.#lowestBins[0] = 0
    if (this.#entriesPerUnit === 0) return
    let bin = 0
    for (let entry = 1; entry <= entries; entry += 1) {
      // One entry early, so that rounding at an entry's border cannot skip a bin.
      const start = this.#first + (entry - 1) / perUnit
      while (bin < edges.length && (edges[bin] as number) < start) bin += 1
      this.#lowestBins[entry] = bin
    }
  }

  /**
   * Index of the bin of `value`, 0…edges.length.
   *
   * Not a binary search, because its branches are unpredictable for quantile bins. A table gives the bin or one
   * slightly below, and the walk from there is usually empty; bench/micro/bin-edges.ts measures both.
   */
  index(value: number): number {
    if (value <= this.#first) return 0
    const edges = this.#edges
    if (value > this.#last) return edges.length
    const entry = ((value - this.#first) * this.#entriesPerUnit) | 0
    let bin = this.#lowestBins[entry] as number
    // A long tail puts most of its edges into a few entries.
    let beyond = this.#lowestBins[entry + 3] as number
    while (beyond - bin > WALKED) {
      const middle = (bin + beyond) >>> 1
      if (value <= (edges[middle] as number)) beyond = middle
      else bin = middle + 1
    }
    while (value > (edges[bin] as number)) bin += 1
    return bin
  }
}

/**
 * Adjusts edges so that a value on an edge stays in its bin as a 32-bit float: 0.42857142857142855 is an edge, and a
 * tensor has 0.42857143 for the same value. An edge moves by less than a thousandth of the distance to its neighbours.
 */
export function edgesForFloats(edges: readonly number[]): Float64Array {
  return Float64Array.from(edges, (edge, index) => {
    const asFloat = nearestDecimal(Math.fround(edge))
    const gap = Math.min((edges[index + 1] ?? Infinity) - edge, edge - (edges[index - 1] ?? -Infinity))
    const step = asFloat - edge
    const isNear = step > 0 && step < gap / 1_000 && step < FLOAT_STEP * Math.abs(edge)
    return isNear && !Number.isInteger(edge) ? asFloat : edge
  })
}

/** Index of the first edge ≥ `value`, by binary search. */
export function lowestBin(edges: ArrayLike<number>, value: number): number {
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (value <= (edges[middle] as number)) high = middle
    else low = middle + 1
  }
  return low
}

/** Index of `value` in the sorted `values`, or −1. */
export function exactIndex(values: Float64Array, value: number): number {
  const index = lowestBin(values, value)
  return index < values.length && values[index] === value ? index : -1
}

/** Significant digits that distinguish discrete values, as in lib/significant.ts. */
const DIGITS = 6

/** Index of the element of the sorted `values` that equals `value` to six significant digits, or −1. */
export function nearIndex(values: Float64Array, value: number): number {
  const above = lowestBin(values, value)
  const [low, high] = [values[above - 1] ?? Number.NaN, values[above] ?? Number.NaN]
  const index = !(high - value < value - low) && value - low >= 0 ? above - 1 : above
  const found = values[index] ?? Number.NaN
  const lastDigit = 10 ** (Math.floor(Math.log10(Math.abs(found))) - DIGITS + 1)
  return Math.abs(found - value) <= lastDigit / 2 + FLOAT_STEP * Math.abs(found) ? index : -1
}
