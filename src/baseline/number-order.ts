// HOT: per value
/** Detects counters, row indices and card numbers among whole numbers. */
import { passesLuhn } from '../lib/personal-data.ts'

/** Squared correlation of value and position; a sorted normal column reaches 0.955. */
const STRAIGHT = 0.98
/** Share of repeated recent values: a counter repeats only values that were sent twice. */
const MOST_REPEATS = 0.02
const RECENT = 32
/** A counter increases at nearly each step, or lies on a line when calls overtake each other. */
const MOSTLY_UP = 0.9
const ON_A_LINE = 0.9999
const FEWEST_VALUES = 20
/** Values with a tested check digit. */
const CARDS_TESTED = 100
const [SHORTEST_CARD, LONGEST_CARD] = [13, 19]
const CARD_SHARE = 0.95

/** Plain data to restore after a restart. */
export interface NumberOrderState {
  readonly whole: boolean
  readonly count: number
  readonly first: number
  readonly last: number
  readonly isSteps: boolean
  readonly repeats: number
  readonly ups: number
  readonly sums: readonly number[]
  readonly cards: number
}

export class NumberOrder {
  /** Whether all numbers so far are whole; otherwise counting stops. */
  whole = true
  #count = 0
  #first = 0
  #last = 0
  #isSteps = true
  #repeats = 0
  #ups = 0
  readonly #recent = new Float64Array(RECENT).fill(Number.NaN)
  #cards = 0
  // Sums over position i and value minus the first value, v: Σi, Σv, Σi², Σv², Σiv.
  readonly #sums = new Float64Array(5)

  add(value: number): void {
    if (!this.whole) return
    if (!Number.isInteger(value)) {
      this.whole = false
      return
    }
    // Most columns of whole numbers are rejected here and cost nothing afterwards.
    if (this.#count > CARDS_TESTED && this.#repeats > MOST_REPEATS * this.#count) return
    if (this.#count === 0) this.#first = value
    else {
      if (this.#recent.includes(value)) this.#repeats += 1
      if (value > this.#last) this.#ups += 1
      if (value !== this.#last + 1) this.#isSteps = false
    }
    this.#last = value
    this.#recent[this.#count % RECENT] = value
    if (this.#count < CARDS_TESTED && isCard(value)) this.#cards += 1
    const sums = this.#sums
    const place = this.#count
    const distance = value - this.#first
    sums[0] = (sums[0] as number) + place
    sums[1] = (sums[1] as number) + distance
    sums[2] = (sums[2] as number) + place * place
    sums[3] = (sums[3] as number) + distance * distance
    sums[4] = (sums[4] as number) + place * distance
    this.#count += 1
  }

  /** Integers that only increase. */
  get isCounter(): boolean {
    const n = this.#count
    if (!this.whole || n < FEWEST_VALUES || this.#repeats > MOST_REPEATS * n) return false
    const [i, v, ii, vv, iv] = this.#sums as unknown as [number, number, number, number, number]
    const covariance = n * iv - i * v
    const spread = (n * ii - i * i) * (n * vv - v * v)
    if (!(covariance > 0 && spread > 0)) return false
    const straightness = (covariance * covariance) / spread
    return straightness >= (this.#ups >= MOSTLY_UP * (n - 1) ? STRAIGHT : ON_A_LINE)
  }

  /** 0, 1, 2 … or 1, 2, 3 …: only the row number. */
  get isIndex(): boolean {
    return this.whole && this.#isSteps && this.#count >= 2 && (this.#first === 0 || this.#first === 1)
  }

  /** Nearly all values have a valid check digit of a payment card. */
  get isCards(): boolean {
    const tested = Math.min(this.#count, CARDS_TESTED)
    return this.whole && tested >= FEWEST_VALUES && this.#cards >= CARD_SHARE * tested
  }

  state(): NumberOrderState {
    return {
      whole: this.whole,
      count: this.#count,
      first: this.#first,
      last: this.#last,
      isSteps: this.#isSteps,
      repeats: this.#repeats,
      ups: this.#ups,
      sums: [...this.#sums],
      cards: this.#cards,
    }
  }

  restore(state: NumberOrderState): void {
    this.whole = state.whole
    this.#count = state.count
    this.#first = state.first
    this.#last = state.last
    this.#isSteps = state.isSteps
    this.#repeats = state.repeats
    this.#ups = state.ups
    this.#sums.set(state.sums)
    this.#cards = state.cards
  }
}

function isCard(value: number): boolean {
  if (value < 1e12 || value > Number.MAX_SAFE_INTEGER) return false
  const digits = String(value)
  return digits.length >= SHORTEST_CARD && digits.length <= LONGEST_CARD && passesLuhn(digits)
}
