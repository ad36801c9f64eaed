/**
 * Decides how many connections a capture looks at. Losing bytes at random damages every connection a little; looking at half
 * of the connections keeps those whole. A loss of a few bytes in a hundred costs less than that, so it changes nothing.
 */

/** Totals since the start. */
export interface Traffic {
  /** Bytes of watched connections that were captured. */
  readonly bytes: number
  /** Of those and beyond them: bytes that were not captured, or that the analysis had no room for. */
  readonly lostBytes: number
}

export type ShareChange = 'halve' | 'double' | 'stay'

interface Look extends Traffic {
  readonly timeMs: number
}

/** Time over which the loss is taken, and after a change the time before the next one. */
const WINDOW_MS = 5_000
/** Lost share of bytes above which the share of connections is halved. */
const HALVE_ABOVE = 0.05
/** A burst smaller than this says nothing. */
const LEAST_LOST_BYTES = 256 * 1024
/** Lost share of bytes below which traffic counts as read. */
const DOUBLE_BELOW = 0.01
/** Time without a loss after which more is tried; it doubles when that was too much. */
const FIRST_CALM_MS = 30_000
const LAST_CALM_MS = 600_000

export class ShareControl {
  #looks: Look[] = []
  #calmSinceMs = Number.NaN
  #calmMs = FIRST_CALM_MS
  #doubledMs = Number.NEGATIVE_INFINITY

  /** To be called about once a second. `isReduced`: some connections are left out now. */
  look(nowMs: number, { bytes, lostBytes }: Traffic, isReduced: boolean): ShareChange {
    this.#looks.push({ timeMs: nowMs, bytes, lostBytes })
    const [first] = this.#looks as [Look]
    if (Number.isNaN(this.#calmSinceMs)) this.#calmSinceMs = nowMs
    if (nowMs - first.timeMs < WINDOW_MS) return 'stay'
    this.#looks.shift()
    const lost = lostBytes - first.lostBytes
    const share = lost / Math.max(1, bytes - first.bytes + lost)
    if (share > HALVE_ABOVE && lost > LEAST_LOST_BYTES) return this.#halve(nowMs)
    if (share > DOUBLE_BELOW) this.#calmSinceMs = nowMs
    if (!isReduced || nowMs - this.#calmSinceMs < this.#calmMs) return 'stay'
    this.#restart(nowMs)
    this.#doubledMs = nowMs
    return 'double'
  }

  #halve(nowMs: number): ShareChange {
    const wasTooMuch = nowMs - this.#doubledMs < this.#calmMs
    this.#calmMs = wasTooMuch ? Math.min(LAST_CALM_MS, this.#calmMs * 2) : FIRST_CALM_MS
    this.#restart(nowMs)
    return 'halve'
  }

  #restart(nowMs: number): void {
    this.#looks = []
    this.#calmSinceMs = nowMs
  }
}
