// HOT: per value
/**
 * Numeric summary of an open pane besides the counts: extremes, sums beyond the last edges, and a digest of the values
 * in crowded cells. A quantile is as exact as its cell is narrow in rank, so only cells with a larger share need a
 * digest: all cells while there are few values, hardly any in a busy column that resembles its baseline.
 */
import { OpenDigest } from '../sketches/open-digest.ts'
import type { NumberCounters } from './counters.ts'
import { type PaneNumbers, WINDOW_CLUSTERS } from './pane.ts'

/** In `marks`, by cell: whether and why `note` receives its values. */
const DETAIL = 1
const OUTER = 2

/** A cell with a larger share of the latest values is crowded, */
export const CROWDED_SHARE = 1 / 200
/** unless its share is close to that in the baseline. */
const USUAL_TIMES = 1.6
/** With fewer values every cell counts as crowded, because chance alone fills some. */
const FEW_VALUES = 4_096
/** Minimum number of latest values, if available. */
const LATEST_VALUES = 32_768
/** Values between two updates of the crowded cells. */
const LOOK_EVERY = 4_096

export class OpenNumbers {
  /** By cell; 0 when a value is only counted. */
  readonly marks: Uint8Array
  readonly #singles: Uint8Array
  readonly #baseline: ArrayLike<number>
  readonly #baselineTotal: number
  readonly #first: number
  readonly #last: number
  readonly #step: number
  /** Its precision suffices. */
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

  /** Adds a value of a marked cell. */
  note(value: number, cell: number): void {
    const mark = this.marks[cell] as number
    if ((mark & OUTER) !== 0) {
      if (cell === 0) this.#lowSteps += Math.round((this.#first - value) / this.#step)
      else this.#highSteps += Math.round((value - this.#last) / this.#step)
    }
    if ((mark & DETAIL) !== 0) this.#detail.add(value)
  }

  /**
   * Reports the number of counted values.
   *
   * @param counts rows by cell since the last call of `take`
   */
  counted(values: number, min: number, max: number, counts: Float64Array): void {
    if (min < this.#min) this.#min = min
    if (max > this.#max) this.#max = max
    this.#sinceLook += values
    if (this.#sinceLook >= LOOK_EVERY) this.#look(counts)
  }

  /** The summary since the last call; the next one starts empty. */
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
