/** Business figures: sums and counts by prediction, since the start and by window. */
import { formatDuration } from '../lib/duration.ts'
import type { KpisOption } from './options.ts'
import type { KpiSnapshot } from './snapshot.ts'

/** Parts of a sliding window. */
const PARTS = 60
/** Maximum number of models × figures × classes; further ones share the class `other`. */
const MAX_SERIES = 1_000

class SlidingSum {
  readonly #partMs: number
  readonly #sums = new Float64Array(PARTS)
  readonly #counts = new Float64Array(PARTS)
  #part = 0

  constructor(windowMs: number) {
    this.#partMs = windowMs / PARTS
  }

  add(value: number, nowMs: number): void {
    const place = this.#advance(nowMs)
    this.#sums[place] = (this.#sums[place] as number) + value
    this.#counts[place] = (this.#counts[place] as number) + 1
  }

  read(nowMs: number): { readonly sum: number; readonly count: number } {
    this.#advance(nowMs)
    return { sum: total(this.#sums), count: total(this.#counts) }
  }

  #advance(nowMs: number): number {
    const part = Math.floor(nowMs / this.#partMs)
    for (let old = Math.max(this.#part + 1, part - PARTS + 1); old <= part; old += 1) {
      this.#sums[old % PARTS] = 0
      this.#counts[old % PARTS] = 0
    }
    this.#part = Math.max(part, this.#part)
    return this.#part % PARTS
  }
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)

interface Series {
  readonly model: string
  readonly version: string
  readonly kpi: string
  readonly predicted: string
  gains: number
  losses: number
  count: number
  readonly windows: readonly SlidingSum[]
}

export class Kpis {
  readonly #units: KpisOption
  readonly #windowsMs: readonly number[]
  readonly #series = new Map<string, Series>()

  constructor(units: KpisOption, windowsMs: readonly number[]) {
    this.#units = units
    this.#windowsMs = windowsMs
  }

  /** Whether a figure with that name is counted: `reward` always, others when configured. */
  knows(kpi: string): boolean {
    return kpi === 'reward' || Object.hasOwn(this.#units, kpi)
  }

  get names(): readonly string[] {
    return ['reward', ...Object.keys(this.#units)]
  }

  add(
    figure: Pick<Series, 'model' | 'version' | 'kpi' | 'predicted'> & { readonly value: number },
    nowMs: number,
  ): void {
    const series = this.#find(figure)
    if (figure.value >= 0) series.gains += figure.value
    else series.losses -= figure.value
    series.count += 1
    for (const window of series.windows) window.add(figure.value, nowMs)
  }

  snapshot(nowMs: number): readonly KpiSnapshot[] {
    return [...this.#series.values()].map(({ windows, ...series }) => ({
      ...series,
      unit: this.#units[series.kpi]?.unit ?? '',
      windows: windows.map((window, place) => ({
        window: formatDuration(this.#windowsMs[place] as number),
        ...window.read(nowMs),
      })),
    }))
  }

  #find({ model, version, kpi, predicted }: Pick<Series, 'model' | 'version' | 'kpi' | 'predicted'>): Series {
    const key = JSON.stringify([model, version, kpi, predicted])
    const known = this.#series.get(key)
    if (known !== undefined) return known
    if (this.#series.size >= MAX_SERIES && predicted !== 'other')
      return this.#find({ model, version, kpi, predicted: 'other' })
    const windows = this.#windowsMs.map((windowMs) => new SlidingSum(windowMs))
    const series = { model, version, kpi, predicted, gains: 0, losses: 0, count: 0, windows }
    this.#series.set(key, series)
    return series
  }
}
