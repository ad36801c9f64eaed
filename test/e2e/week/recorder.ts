/** Series of a simulated time, one value each step, in the notation of promtool's tests. */

interface Recorded {
  /** The first step that has a value. */
  readonly from: number
  readonly values: (number | undefined)[]
}

const escape = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')

export class Recorder {
  readonly #series = new Map<string, Recorded>()
  #step = 0

  /** A value of this step; a series that is not recorded in a step is absent in it. */
  record(name: string, labels: Readonly<Record<string, string>>, value: number): void {
    const matchers = Object.entries(labels)
      .filter(([, text]) => text !== '')
      .map(([label, text]) => `${label}="${escape(text)}"`)
    const key = `${name}{${matchers.join(', ')}}`
    const known = this.#series.get(key)
    if (known === undefined) this.#series.set(key, { from: this.#step, values: [value] })
    else known.values[this.#step - known.from] = value
  }

  next(): void {
    this.#step += 1
  }

  get steps(): number {
    return this.#step
  }

  /** `input_series` of promtool. */
  series(): { series: string; values: string }[] {
    return [...this.#series].map(([series, { from, values }]) => ({
      series,
      values: [...(from > 0 ? [`_x${from - 1}`] : []), ...Array.from(values, (value) => value ?? '_')].join(
        ' ',
      ),
    }))
  }
}
