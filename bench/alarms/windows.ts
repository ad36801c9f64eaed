/** Sliding sums of cells over the product's default windows, one pane of the shortest window at a time. */
import { PANE_SECONDS } from './traffic.ts'

export const WINDOW_SECONDS = [300, 3_600, 86_400] as const
const PANES = WINDOW_SECONDS.map((seconds) => seconds / PANE_SECONDS)
const KEPT = Math.max(...PANES)

export class CellWindows {
  /** Rows by cell, one array per window. */
  readonly sums: readonly Float64Array[]
  readonly #cells: number
  readonly #ring: Uint32Array
  #next = 0

  constructor(cells: number) {
    this.#cells = cells
    this.sums = WINDOW_SECONDS.map(() => new Float64Array(cells))
    this.#ring = new Uint32Array(KEPT * cells)
  }

  /** Takes the pane in and lets the oldest of each window go; `pane` is zero afterwards. */
  push(pane: Float64Array): void {
    for (const [index, panes] of PANES.entries()) {
      const sum = this.sums[index] as Float64Array
      const oldest = ((this.#next - panes + KEPT) % KEPT) * this.#cells
      for (let cell = 0; cell < this.#cells; cell += 1) {
        sum[cell] = (sum[cell] as number) + (pane[cell] as number) - (this.#ring[oldest + cell] as number)
      }
    }
    this.#ring.set(pane, this.#next * this.#cells)
    this.#next = (this.#next + 1) % KEPT
    pane.fill(0)
  }
}
