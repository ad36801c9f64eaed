/** Rows of simulated traffic by pane: how they depend on each other and on the hour, and how they drift. */
import type { Random } from './random.ts'
import { probabilitiesOf, type ColumnShape, type SimulatedColumn } from './column.ts'

export const PANE_SECONDS = 30
const DAY_SECONDS = 86_400

/** What happens to one column from a time on. */
export interface Drift {
  readonly column: number
  readonly startSeconds: number
  /** Over how long it sets in; 0 for at once. */
  readonly rampSeconds: number
  /** Shift and scale of the latent, in standard deviations; share of rows that become the last cell of values. */
  readonly shift?: number
  readonly scale?: number
  readonly toLastCell?: number
  /** Share of rows that lose their value. */
  readonly toMissing?: number
}

export interface TrafficOptions {
  readonly rowsPerSecond: number
  readonly dependence: Dependence
  /** Amplitude of the daily and of the weekly swing of every column's mean, in standard deviations. */
  readonly season?: { readonly day: number; readonly week: number }
  readonly drift?: Drift
}

export type Dependence =
  | { readonly kind: 'independent' }
  /** The latent of each row is that of the row before, times the correlation, plus noise. */
  | { readonly kind: 'autocorrelated'; readonly correlation: number }
  /** Users send several rows in a row that are alike: all but a share of the variance is the user's. */
  | { readonly kind: 'sessions'; readonly meanRows: number; readonly ownVariance: number }
  /** The same row several times. */
  | { readonly kind: 'batches'; readonly rows: number }

export class Traffic {
  readonly #options: TrafficOptions
  readonly #columns: readonly SimulatedColumn[]
  readonly #random: Random
  /** Per column: the latent that the next row depends on. */
  readonly #latents: Float64Array
  #rowsLeft = 0

  constructor(columns: readonly SimulatedColumn[], options: TrafficOptions, random: Random) {
    this.#columns = columns
    this.#options = options
    this.#random = random
    this.#latents = Float64Array.from(columns, () => random.normal())
  }

  /** Adds the rows of the pane that starts at `seconds` to the columns' cells. */
  pane(seconds: number, cells: readonly Float64Array[]): void {
    const meanRows = this.#options.rowsPerSecond * PANE_SECONDS
    const swing = this.#swing(seconds)
    if (this.#options.dependence.kind === 'independent') {
      this.#countIndependent({ seconds, meanRows, swing }, cells)
      return
    }
    const rows = this.#random.poisson(meanRows)
    for (let row = 0; row < rows; row += 1) {
      this.#nextRow()
      for (let index = 0; index < this.#columns.length; index += 1) {
        const cell = this.#drifted(index, this.#latent(index) + swing, seconds)
        const counts = cells[index] as Float64Array
        counts[cell] = (counts[cell] as number) + 1
      }
    }
  }

  /** One row at a time, in order, for baselines. */
  row(seconds: number, visit: (column: SimulatedColumn, cell: number) => void): void {
    const swing = this.#swing(seconds)
    this.#nextRow()
    for (const [index, column] of this.#columns.entries())
      visit(column, column.cellOf(this.#latent(index) + swing))
  }

  /** Draws of the counts themselves: the same distribution as drawing rows, at any rate for the same time. */
  #countIndependent(
    { seconds, meanRows, swing }: { seconds: number; meanRows: number; swing: number },
    cells: readonly Float64Array[],
  ): void {
    const { drift } = this.#options
    const shifted = new Map<ColumnShape, Float64Array>()
    for (const [index, column] of this.#columns.entries()) {
      const counts = cells[index] as Float64Array
      if (drift?.column === index && seconds >= drift.startSeconds) {
        for (let rows = this.#random.poisson(meanRows); rows > 0; rows -= 1) {
          const cell = this.#drifted(index, this.#random.normal() + swing, seconds)
          counts[cell] = (counts[cell] as number) + 1
        }
        continue
      }
      const known = swing === 0 ? column.probabilities : shifted.get(column.shape)
      const probabilities = known ?? probabilitiesOf(column.shape, swing)
      shifted.set(column.shape, probabilities)
      for (let cell = 0; cell < column.missingCell; cell += 1) {
        const count = this.#random.poisson(meanRows * (probabilities[cell] as number))
        counts[cell] = (counts[cell] as number) + count
      }
    }
  }

  #nextRow(): void {
    const { dependence } = this.#options
    switch (dependence.kind) {
      case 'independent':
        this.#redraw()
        break
      case 'autocorrelated': {
        const { correlation } = dependence
        const noise = Math.sqrt(1 - correlation * correlation)
        for (let index = 0; index < this.#latents.length; index += 1) {
          this.#latents[index] =
            correlation * (this.#latents[index] as number) + noise * this.#random.normal()
        }
        break
      }
      case 'sessions':
      case 'batches':
        if (this.#rowsLeft <= 0) {
          this.#redraw()
          this.#rowsLeft =
            dependence.kind === 'batches'
              ? dependence.rows
              : Math.max(1, Math.round(-Math.log(1 - this.#random.uniform()) * dependence.meanRows))
        }
        this.#rowsLeft -= 1
    }
  }

  #redraw(): void {
    for (let index = 0; index < this.#latents.length; index += 1) this.#latents[index] = this.#random.normal()
  }

  #latent(index: number): number {
    const { dependence } = this.#options
    const latent = this.#latents[index] as number
    if (dependence.kind !== 'sessions') return latent
    const own = dependence.ownVariance
    return Math.sqrt(own) * latent + Math.sqrt(1 - own) * this.#random.normal()
  }

  #swing(seconds: number): number {
    const { season } = this.#options
    if (season === undefined) return 0
    const day = Math.sin((2 * Math.PI * seconds) / DAY_SECONDS)
    const week = Math.sin((2 * Math.PI * seconds) / (7 * DAY_SECONDS))
    return season.day * day + season.week * week
  }

  #drifted(index: number, latent: number, seconds: number): number {
    const { drift } = this.#options
    const column = this.#columns[index] as SimulatedColumn
    if (drift === undefined || drift.column !== index || seconds < drift.startSeconds)
      return column.cellOf(latent)
    const part = drift.rampSeconds === 0 ? 1 : Math.min(1, (seconds - drift.startSeconds) / drift.rampSeconds)
    if (this.#random.uniform() < part * (drift.toMissing ?? 0)) return column.missingCell
    if (this.#random.uniform() < part * (drift.toLastCell ?? 0)) return column.missingCell - 1
    return column.cellOf(latent * (1 + part * ((drift.scale ?? 1) - 1)) + part * (drift.shift ?? 0))
  }
}
