/** Records the delay of labels. */
import { outcomeMetrics } from './outcomes.ts'
import { addHistogram, type HistogramSeries, type HistogramTally } from './tallies.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const BOUNDS_SECONDS = [
  1,
  10,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  6 * HOUR,
  DAY,
  3 * DAY,
  7 * DAY,
  14 * DAY,
  30 * DAY,
]
/** Models are already bounded; this limits the effect of a bug. */
const MAX_SERIES = 1_000

export class OutcomeRecorder {
  readonly histogram: HistogramTally = {
    metric: outcomeMetrics.outcomeDelay,
    bounds: BOUNDS_SECONDS,
    series: [],
  }
  readonly #series = new Map<string, HistogramSeries>()

  recordDelay(
    { model, version }: { readonly model: string; readonly version: string },
    seconds: number,
  ): void {
    const key = JSON.stringify([model, version])
    let series = this.#series.get(key)
    if (series === undefined) {
      if (this.#series.size >= MAX_SERIES) return
      series = addHistogram(this.histogram, { model, version })
      this.#series.set(key, series)
    }
    series.record(seconds)
  }
}
