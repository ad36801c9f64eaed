// HOT: per label
/** The latest labelled predictions of one output, for the windows: a ring in counting order. */

const FIRST_CAPACITY = 256

export class LabelledRows {
  readonly #limit: number
  #capacity = FIRST_CAPACITY
  #times = new Float64Array(FIRST_CAPACITY)
  #predicted = new Float64Array(FIRST_CAPACITY)
  #actual = new Float64Array(FIRST_CAPACITY)
  #scores = new Float64Array(FIRST_CAPACITY)
  /** Number of rows ever added; the last `#limit` of them are stored. */
  total = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** @param score NaN without one */
  add(timeMs: number, predicted: number, actual: number, score: number): void {
    if (this.total >= this.#capacity && this.#capacity < this.#limit) this.#grow()
    const place = this.total % this.#capacity
    this.#times[place] = timeMs
    this.#predicted[place] = predicted
    this.#actual[place] = actual
    this.#scores[place] = score
    this.total += 1
  }

  /** Stored rows counted at `fromMs` or later. */
  countSince(fromMs: number): number {
    const kept = Math.min(this.total, this.#capacity)
    // Times never decrease, so bisection finds the first one.
    let low = this.total - kept
    let high = this.total
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if ((this.#times[middle % this.#capacity] as number) < fromMs) low = middle + 1
      else high = middle
    }
    return this.total - low
  }

  /** The latest `count` rows, oldest first; `index` counts from the very first row. */
  visit(count: number, row: (predicted: number, actual: number, score: number, index: number) => void): void {
    for (let index = this.total - count; index < this.total; index += 1) {
      const place = index % this.#capacity
      row(
        this.#predicted[place] as number,
        this.#actual[place] as number,
        this.#scores[place] as number,
        index,
      )
    }
  }

  /** Stored rows in an index range. */
  slice(from: number, to: number): LabelledRows {
    const part = new LabelledRows(Math.max(to - from, FIRST_CAPACITY))
    for (
      let index = Math.max(from, this.total - this.#capacity);
      index < Math.min(to, this.total);
      index += 1
    ) {
      const place = index % this.#capacity
      const [time, predicted] = [this.#times[place] as number, this.#predicted[place] as number]
      part.add(time, predicted, this.#actual[place] as number, this.#scores[place] as number)
    }
    return part
  }

  /** Times of the first and the last stored row. */
  get span(): { readonly firstMs: number; readonly lastMs: number } | undefined {
    if (this.total === 0) return undefined
    const first = Math.max(0, this.total - this.#capacity)
    return {
      firstMs: this.#times[first % this.#capacity] as number,
      lastMs: this.#times[(this.total - 1) % this.#capacity] as number,
    }
  }

  #grow(): void {
    const capacity = Math.min(this.#capacity * 2, this.#limit)
    const moved = (from: Float64Array): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(capacity)
      to.set(from)
      return to
    }
    // Nothing has been overwritten yet, so positions stay valid.
    this.#times = moved(this.#times)
    this.#predicted = moved(this.#predicted)
    this.#actual = moved(this.#actual)
    this.#scores = moved(this.#scores)
    this.#capacity = capacity
  }
}
