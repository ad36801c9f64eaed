/** Sliding sums of cells over windows, one pane at a time. */
import { PANE_SECONDS } from './traffic.ts'

/** The product's default. */
export const DEFAULT_WINDOWS: readonly number[] = [300, 3_600, 86_400]

export class CellWindows {
  /** Rows by cell, one array per window. */
  readonly sums: readonly Float64Array[]
  readonly #cells: number
  /** Length of each window. */
  readonly #panes: readonly number[]
  readonly #kept: number
  readonly #ring: Uint32Array
  #next = 0

  constructor(cells: number, windowSeconds: readonly number[]) {
    this.#cells = cells
    this.#panes = windowSeconds.map((seconds) => seconds / PANE_SECONDS)
    this.#kept = Math.max(...this.#panes)
    this.sums = windowSeconds.map(() => new Float64Array(cells))
    this.#ring = new Uint32Array(this.#kept * cells)
  }

  /** Takes the pane in and lets the oldest of each window go; `pane` is zero afterwards. */
  push(pane: Float64Array): void {
    for (const [index, panes] of this.#panes.entries()) {
      const sum = this.sums[index] as Float64Array
      const oldest = ((this.#next - panes + this.#kept) % this.#kept) * this.#cells
      for (let cell = 0; cell < this.#cells; cell += 1) {
        sum[cell] = (sum[cell] as number) + (pane[cell] as number) - (this.#ring[oldest + cell] as number)
      }
    }
    this.#ring.set(pane, this.#next * this.#cells)
    this.#next = (this.#next + 1) % this.#kept
    pane.fill(0)
  }
}
