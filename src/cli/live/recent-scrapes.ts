/** The scrapes of the last seconds, and the rates over them. */
import { type LiveView, type Scrape, viewOf, type ViewOptions } from './view.ts'

/** Short enough to show a change, long enough for a p99 of a few hundred requests. */
const RATE_OVER_MS = 15_000

export class RecentScrapes {
  readonly #scrapes: Scrape[] = []

  add(scrape: Scrape): void {
    this.#scrapes.push(scrape)
  }

  /** Drops scrapes that the rates no longer need. @param nowMs monotonic */
  forgetOld(nowMs: number): void {
    while ((this.#scrapes[1]?.atMs ?? Infinity) <= nowMs - RATE_OVER_MS) this.#scrapes.shift()
  }

  get latest(): Scrape | undefined {
    return this.#scrapes.at(-1)
  }

  /** `undefined` before the second scrape. */
  view(options: ViewOptions): LiveView | undefined {
    const [before] = this.#scrapes
    const now = this.latest
    return before === undefined || now === undefined || before === now
      ? undefined
      : viewOf(before, now, options)
  }
}
