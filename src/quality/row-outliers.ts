// HOT: per value
/** The share of a row's columns beyond their fences, as a distribution over rows. */

/** Upper bounds of the shares of columns, 0…1; the last bucket ends at 1. */
export const OUTLIER_RATIO_BOUNDS = [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5] as const

export interface RowOutlierHistogram {
  /** Rows in each bucket, not cumulative; one more than bounds. */
  readonly counts: readonly number[]
  /** Sum of the rows' shares. */
  readonly sum: number
}

export class RowOutliers {
  readonly #columns: number
  readonly #counts = new Float64Array(OUTLIER_RATIO_BOUNDS.length + 1)
  #sum = 0
  /** Columns beyond their fences by row of the current batch; the classifiers add to it. */
  flags = new Uint16Array(64)

  /** @param columns number of numeric features, which have fences */
  constructor(columns: number) {
    this.#columns = columns
  }

  get histogram(): RowOutlierHistogram {
    return { counts: [...this.#counts], sum: this.#sum }
  }

  restore({ counts, sum }: RowOutlierHistogram): void {
    this.#counts.set(counts.slice(0, this.#counts.length))
    this.#sum = sum
  }

  begin(rows: number): void {
    if (rows > this.flags.length) this.flags = new Uint16Array(2 * rows)
    else this.flags.fill(0, 0, rows)
  }

  /** Processes the flags of the batch started by `begin`. */
  end(rows: number): void {
    if (this.#columns === 0) return
    let clean = 0
    for (let row = 0; row < rows; row += 1) {
      const flagged = this.flags[row] as number
      if (flagged === 0) {
        clean += 1
        continue
      }
      const ratio = flagged / this.#columns
      this.#sum += ratio
      let bucket = 1
      while (bucket < OUTLIER_RATIO_BOUNDS.length && ratio > (OUTLIER_RATIO_BOUNDS[bucket] as number))
        bucket += 1
      this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    }
    this.#counts[0] = (this.#counts[0] as number) + clean
  }
}
