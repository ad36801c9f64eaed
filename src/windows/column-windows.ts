/**
 * All windows of one column over one stream of rows.
 *
 * Each window is cut into ten panes. Rows enter the pane of the shortest window; a pane that closes goes into the
 * ring of its window and is merged into the open pane of the next longer one, so that a row is counted once however
 * many windows there are:
 *
 *     5m   [30s][30s]…[30s] ◄─ open pane ◄─ rows
 *           each, when it closes, also goes to
 *     1h   [6m][6m]………[6m]  ◄─ open pane
 *           and so on
 *     1d   [144m]……[144m]   ◄─ open pane
 *
 * A window of length W is its ring, its own open pane, and those of all shorter windows: the rows of the last 0.9 W
 * to W. Where pane lengths do not divide each other a pane belongs to the longer pane in which it began.
 */
import type { Counters } from './counters.ts'
import { OpenNumbers } from './open-numbers.ts'
import { emptyPane, mergePanes, type Pane, paneOf } from './pane.ts'

export const PANES_PER_WINDOW = 10
const MOST_WAITING = 8

interface ClosedPane {
  /** Start of the pane divided by its length. */
  readonly index: number
  readonly pane: Pane
}

/** Plain data to restore after a restart. */
export interface ColumnWindowsState {
  readonly levels: readonly {
    readonly openIndex: number
    readonly open: Pane
    readonly closed: readonly ClosedPane[]
  }[]
}

interface Level {
  readonly paneMs: number
  openIndex: number
  open: Pane
  /**
   * Closed panes of the shorter window that belong to the open one but are not merged yet: merging several at once is
   * cheaper.
   */
  waiting: Pane[]
  /** At most PANES_PER_WINDOW − 1, oldest first. */
  closed: ClosedPane[]
  /** The merged closed panes; computed on demand after a change. */
  merged: Pane | undefined
}

export interface ColumnWindowsOptions {
  /** Lengths, strictly increasing. */
  readonly windowsMs: readonly number[]
  readonly layout: Counters
  readonly nowMs: number
}

export class ColumnWindows {
  /** Rows of the open pane by counter, not in any pane yet; the classifier updates it for every value. */
  readonly openCounts: Float64Array
  /** Numeric summary of the same rows. */
  readonly openNumbers: OpenNumbers | undefined
  /** End of the open pane; `advance` has work from then on. */
  paneEndMs = 0
  readonly #empty: Pane
  readonly #levels: readonly Level[]
  #totals: Float64Array
  /** Nothing was counted before this time. */
  #startMs: number

  constructor({ windowsMs, layout, nowMs }: ColumnWindowsOptions) {
    const { counters, numbers } = layout
    this.#empty = emptyPane(layout)
    this.#startMs = nowMs
    this.openCounts = new Float64Array(counters)
    this.openNumbers = numbers && new OpenNumbers(numbers)
    this.#totals = new Float64Array(counters)
    this.#levels = windowsMs.map((windowMs) => {
      const paneMs = windowMs / PANES_PER_WINDOW
      return {
        paneMs,
        openIndex: Math.floor(nowMs / paneMs),
        open: this.#empty,
        waiting: [],
        closed: [],
        merged: undefined,
      }
    })
    this.#setPaneEnd()
  }

  /** Closes the panes that have ended by `nowMs` and drops those beyond every window. */
  advance(nowMs: number): void {
    if (nowMs < this.paneEndMs) return
    this.#drain()
    const [shortest] = this.#levels
    if (shortest === undefined) return
    const startMs = Math.floor(nowMs / shortest.paneMs) * shortest.paneMs
    for (const [depth, level] of this.#levels.entries()) {
      // Half a thousandth compensates rounding when the start is a multiple of the pane.
      const index = Math.floor((startMs + 0.0005) / level.paneMs)
      if (index <= level.openIndex) continue
      this.#close(level, this.#levels[depth + 1])
      level.openIndex = index
      const oldest = index - PANES_PER_WINDOW
      if (level.closed.some((pane) => pane.index <= oldest)) {
        level.closed = level.closed.filter((pane) => pane.index > oldest)
        level.merged = undefined
      }
    }
    this.#setPaneEnd()
  }

  /** The rows of each window, shortest window first. Call `advance` before. */
  summaries(): Pane[] {
    this.#drain()
    return this.#levels.map((_, place) => this.#sumOf(place))
  }

  /** The rows of the window at this index, shortest first. Call `advance` before. */
  summary(place: number): Pane {
    this.#drain()
    return this.#sumOf(place)
  }

  #sumOf(place: number): Pane {
    const open = this.#levels.slice(0, place + 1).map((level) => {
      absorb(level)
      return level.open
    })
    const level = this.#levels[place] as Level
    level.merged ??= mergePanes([this.#empty, ...level.closed.map(({ pane }) => pane)])
    return mergePanes([level.merged, ...open])
  }

  /** Time covered by the window at this index, shortest first: less than its length while it fills. */
  spanMs(nowMs: number, place: number): number {
    const level = this.#levels[place]
    if (level === undefined) return 0
    const oldest = Math.max((level.closed[0]?.index ?? level.openIndex) * level.paneMs, this.#startMs)
    return Math.max(nowMs - oldest, 0)
  }

  /** Rows by counter since the start. */
  totals(): Float64Array {
    this.#drain()
    return this.#totals
  }

  state(): ColumnWindowsState {
    this.#drain()
    return {
      levels: this.#levels.map((level) => {
        absorb(level)
        const { openIndex, open, closed } = level
        return { openIndex, open, closed: [...closed] }
      }),
    }
  }

  /** Restores `state`; the caller has checked that windows and baseline are the same. */
  restore(state: ColumnWindowsState, totals: Float64Array, nowMs: number): void {
    for (const [depth, level] of this.#levels.entries()) {
      const saved = state.levels[depth]
      if (saved === undefined) continue
      // A clock that was set back must not keep a pane open until it catches up.
      const ahead = Math.max(0, saved.openIndex - Math.floor(nowMs / level.paneMs))
      level.openIndex = saved.openIndex - ahead
      level.open = saved.open
      level.waiting = []
      level.closed = saved.closed.map(({ index, pane }) => ({ index: index - ahead, pane }))
      level.merged = undefined
    }
    this.#totals = new Float64Array(totals)
    this.#startMs = -Infinity
    this.#setPaneEnd()
  }

  #setPaneEnd(): void {
    const [shortest] = this.#levels
    this.paneEndMs = shortest === undefined ? Infinity : (shortest.openIndex + 1) * shortest.paneMs
  }

  /** Moves the counts since the last call into the open pane of the shortest window. */
  #drain(): void {
    const [shortest] = this.#levels
    if (shortest === undefined) return
    let rows = 0
    for (let counter = 0; counter < this.openCounts.length; counter += 1)
      rows += this.openCounts[counter] as number
    if (rows === 0) return
    const numbers = this.openNumbers?.take(this.openCounts)
    shortest.open = mergePanes([shortest.open, paneOf(this.openCounts, rows, numbers)])
    for (let bin = 0; bin < this.#totals.length; bin += 1) {
      this.#totals[bin] = (this.#totals[bin] as number) + (this.openCounts[bin] as number)
    }
    this.openCounts.fill(0)
  }

  #close(level: Level, longer: Level | undefined): void {
    absorb(level)
    if (level.open.rows === 0) return
    level.closed.push({ index: level.openIndex, pane: level.open })
    level.merged = undefined
    if (longer !== undefined) {
      longer.waiting.push(level.open)
      if (longer.waiting.length === MOST_WAITING) absorb(longer)
    }
    level.open = this.#empty
  }
}

function absorb(level: Level): void {
  if (level.waiting.length === 0) return
  level.open = mergePanes([level.open, ...level.waiting])
  level.waiting = []
}
