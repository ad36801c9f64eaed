/**
 * Decides how many connections a capture reads. Random loss damages every connection a little; reading half of the
 * connections keeps those complete. A loss of a few percent costs less than that, so it changes nothing.
 */

/** Totals since the start. */
export interface Traffic {
  /** Captured bytes of watched connections. */
  readonly bytes: number
  /** Bytes not captured, or dropped because analysis had no room. */
  readonly lostBytes: number
}

export type ShareChange = 'halve' | 'double' | 'stay'

interface Look extends Traffic {
  readonly timeMs: number
}

/** Period for measuring the loss, and pause after a change. */
const WINDOW_MS = 5_000
/** Lost share of bytes above which the share of connections is halved. */
const HALVE_ABOVE = 0.05
/** Smaller losses are ignored. */
const LEAST_LOST_BYTES = 256 * 1024
/** Lost share of bytes below which the traffic counts as fully read. */
const DOUBLE_BELOW = 0.01
/** Time without a loss after which the share is raised; it doubles when that was too early. */
const FIRST_CALM_MS = 30_000
const LAST_CALM_MS = 600_000

export class ShareControl {
  #looks: Look[] = []
  #calmSinceMs = Number.NaN
  #calmMs = FIRST_CALM_MS
  #doubledMs = Number.NEGATIVE_INFINITY

  /** Call it about once a second. `isReduced`: some connections are currently left out. */
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
