// HOT: per value
/**
 * What is known of the numbers of an open pane beside their counts: extremes, sums beyond the last edges, and a digest of
 * the values in crowded cells. A quantile is as exact as its cell is narrow in rank, so only cells with more values than
 * that need a digest: all while there are few values, hardly any in a busy column that looks like its baseline.
 */
import { OpenDigest } from '../sketches/open-digest.ts'
import type { NumberCounters } from './counters.ts'
import { type PaneNumbers, WINDOW_CLUSTERS } from './pane.ts'

/** By cell, in `marks`: whether `note` gets its values, and why. */
const DETAIL = 1
const OUTER = 2

/** A cell that holds a larger share of the latest values is crowded, */
export const CROWDED_SHARE = 1 / 200
/** unless it holds little more than in the baseline. */
const USUAL_TIMES = 1.6
/** Below so many values every cell is: chance alone fills some. */
const FEW_VALUES = 4_096
/** The latest values are at least as many, where there are. */
const LATEST_VALUES = 32_768
/** Values between two looks at which cells are crowded. */
const LOOK_EVERY = 4_096

export class OpenNumbers {
  /** By cell, 0 where a value only counts. */
  readonly marks: Uint8Array
  readonly #singles: Uint8Array
  readonly #baseline: ArrayLike<number>
  readonly #baselineTotal: number
  readonly #first: number
  readonly #last: number
  readonly #step: number
  /** Fractions do not matter in it. */
  readonly #latest: Float32Array
  #latestTotal = 0
  #sinceLook = 0
  #min = Infinity
  #max = -Infinity
  #lowSteps = 0
  #highSteps = 0
  readonly #detail = new OpenDigest(WINDOW_CLUSTERS)

  constructor({ cells, total, singles, step }: NumberCounters) {
    const count = cells.edges.length + 1
    this.marks = new Uint8Array(count)
    this.#singles = singles
    this.#baseline = cells.counts
    this.#baselineTotal = total
    this.#first = cells.edges[0] ?? 0
    this.#last = cells.edges.at(-1) ?? 0
    this.#step = step
    this.#latest = new Float32Array(count)
    this.#markAll()
  }

  /** A value of a cell that is marked. */
  note(value: number, cell: number): void {
    const mark = this.marks[cell] as number
    if ((mark & OUTER) !== 0) {
      if (cell === 0) this.#lowSteps += Math.round((this.#first - value) / this.#step)
      else this.#highSteps += Math.round((value - this.#last) / this.#step)
    }
    if ((mark & DETAIL) !== 0) this.#detail.add(value)
  }

  /**
   * So many values have been counted.
   *
   * @param counts rows by cell since the last call of `take`
   */
  counted(values: number, min: number, max: number, counts: Float64Array): void {
    if (min < this.#min) this.#min = min
    if (max > this.#max) this.#max = max
    this.#sinceLook += values
    if (this.#sinceLook >= LOOK_EVERY) this.#look(counts)
  }

  /** What is known of the values since the last call; the next one starts empty. */
  take(counts: Float64Array): PaneNumbers {
    const numbers = {
      min: this.#min,
      max: this.#max,
      lowSteps: this.#lowSteps,
      highSteps: this.#highSteps,
      detail: this.#detail.take(),
    }
    this.#min = Infinity
    this.#max = -Infinity
    this.#lowSteps = 0
    this.#highSteps = 0
    const latest = this.#latest
    const kept = this.#latestTotal > LATEST_VALUES ? 0.5 : 1
    let total = 0
    for (let cell = 0; cell < latest.length; cell += 1) {
      latest[cell] = kept * (latest[cell] as number) + (counts[cell] as number)
      total += latest[cell] as number
    }
    this.#latestTotal = total
    return numbers
  }

  #look(counts: Float64Array): void {
    this.#sinceLook = 0
    const latest = this.#latest
    let total = this.#latestTotal
    for (let cell = 0; cell < latest.length; cell += 1) total += counts[cell] as number
    if (total < FEW_VALUES) return
    const most = total * CROWDED_SHARE
    const usual = (USUAL_TIMES * total) / this.#baselineTotal
    for (let cell = 0; cell < latest.length; cell += 1) {
      const count = (latest[cell] as number) + (counts[cell] as number)
      const isCrowded = count > most && count > usual * (this.#baseline[cell] as number)
      this.marks[cell] = isCrowded && this.#singles[cell] === 0 ? DETAIL : 0
    }
    this.#markOuter()
  }

  #markAll(): void {
    for (let cell = 0; cell < this.marks.length; cell += 1)
      this.marks[cell] = this.#singles[cell] === 1 ? 0 : DETAIL
    this.#markOuter()
  }

  #markOuter(): void {
    const last = this.marks.length - 1
    this.marks[0] = (this.marks[0] as number) | OUTER
    this.marks[last] = (this.marks[last] as number) | OUTER
  }
}
