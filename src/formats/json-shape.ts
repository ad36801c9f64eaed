// HOT: per byte of a body
/**
 * The shape of a JSON text: its punctuation, its keys and its white space, with a slot for each string, number, boolean
 * and null. Clients build their requests with one line of code, so that bodies of one shape follow each other; of the
 * next one only the slots have to be read, into the value that the last one left.
 *
 *     {"instances": [{"age": 41, "city": "Bern"}]}
 *     ─────────────────────── ── ────────       ───   compared
 *                            41          "Bern"       slots
 *
 * It reads exactly what `parseJson` reads of the same bytes (test/formats/json-reader.test.ts compares them), and leaves
 * to that function what is rare: escapes and bytes beyond ASCII in a string, integers of 16 digits and more.
 */
import { isTextAt } from '../observe/http1-syntax.ts'
import { findSlots, type Slot, type Slots } from './json-slots.ts'
import {
  BACKSLASH,
  DEL,
  isDigit,
  isExponent,
  LONG_DIGITS,
  MINUS,
  PLUS,
  POINT,
  QUOTE,
  SPACE,
  ZERO,
} from './json-syntax.ts'

/** Integers below are exact, and so are these powers of ten: their quotient is rounded once, that is, correctly. */
const MOST_EXACT = 2 ** 53
const POWERS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))

/** What a slot holds. */
export const SCALAR = { NULL: 0, NUMBER: 1, TEXT: 2, BOOLEAN: 3 } as const

/** Bare tokens are texts, as in `parseJson`. */
const WORDS = [
  { word: 'true', tag: SCALAR.BOOLEAN, number: 1 },
  { word: 'false', tag: SCALAR.BOOLEAN, number: 0 },
  { word: 'null', tag: SCALAR.NULL, number: 0 },
  { word: 'NaN', tag: SCALAR.TEXT, number: 0 },
  { word: 'Infinity', tag: SCALAR.TEXT, number: 0 },
  { word: '-Infinity', tag: SCALAR.TEXT, number: 0 },
] as const

/** Where a scalar ends that is none, or none that is read here. */
const REFUSED = -1

export class JsonShape {
  readonly #value: object
  /** In the order of the text. */
  readonly slots: readonly Slot[]
  readonly #fixed: Uint8Array
  /** What the slots hold, a tag of `SCALAR` and, by tag, a number or a text. */
  readonly tags: Uint8Array
  readonly numbers: Float64Array
  /** Kept while a slot holds something else: categories repeat. */
  readonly texts: string[]
  /** The slots were read and are not written into the value yet. */
  #isBehind = false

  private constructor(value: object, { slots, fixed }: Slots) {
    this.#value = value
    this.slots = slots
    this.#fixed = fixed
    this.tags = new Uint8Array(slots.length)
    this.numbers = new Float64Array(slots.length)
    this.texts = slots.map(() => '')
  }

  /**
   * The shape of a text; undefined when it has none worth keeping.
   *
   * @param value what `parseJson` made of the bytes; the shape changes it from now on
   */
  static of(bytes: Uint8Array, value: unknown): JsonShape | undefined {
    if (typeof value !== 'object' || value === null) return undefined
    const slots = findSlots(bytes, value)
    return slots === undefined ? undefined : new JsonShape(value, slots)
  }

  /** What the text read last says. It is one object, changed when it is asked for after another text was read. */
  get value(): object {
    if (this.#isBehind) {
      this.#isBehind = false
      for (let slot = 0; slot < this.slots.length; slot += 1) {
        const { holder, key } = this.slots[slot] as Slot
        holder[key] = this.#valueOf(slot)
      }
    }
    return this.#value
  }

  /**
   * Reads a text and returns how many of its bytes were read: all of them when it is of this shape; otherwise fewer, and
   * slots and value are void.
   */
  read(bytes: Buffer): number {
    const slots = this.slots
    const fixed = this.#fixed
    const last = bytes.length - 1
    this.#isBehind = true
    let at = 0
    let compared = 0
    for (let slot = 0; slot < slots.length; slot += 1) {
      const { fixedEnd } = slots[slot] as Slot
      if (at + fixedEnd - compared > last) return Math.min(at, last)
      while (compared < fixedEnd) {
        if (bytes[at] !== fixed[compared]) return at
        at += 1
        compared += 1
      }
      const end = this.#readScalar(bytes, at, slot)
      if (end === REFUSED) return at
      at = end
    }
    if (bytes.length - at !== fixed.length - compared) return Math.min(at, last)
    while (compared < fixed.length) {
      if (bytes[at] !== fixed[compared]) return at
      at += 1
      compared += 1
    }
    return at
  }

  #valueOf(slot: number): unknown {
    const tag = this.tags[slot]
    if (tag === SCALAR.NUMBER) return this.numbers[slot]
    if (tag === SCALAR.TEXT) return this.texts[slot]
    return tag === SCALAR.BOOLEAN ? this.numbers[slot] === 1 : null
  }

  /** Returns the position behind the scalar. */
  #readScalar(bytes: Buffer, at: number, slot: number): number {
    const first = bytes[at] as number
    if (first === QUOTE) return this.#readText(bytes, at + 1, slot)
    if (first === MINUS || isDigit(first)) return this.#readNumber(bytes, at, slot)
    return this.#readWord(bytes, at, slot)
  }

  #readNumber(bytes: Buffer, start: number, slot: number): number {
    const isNegative = bytes[start] === MINUS
    const digitsStart = isNegative ? start + 1 : start
    let at = digitsStart
    let mantissa = 0
    while (isDigit(bytes[at])) mantissa = mantissa * 10 + ((bytes[at++] as number) - ZERO)
    const digits = at - digitsStart
    if (digits === 0) return this.#readWord(bytes, start, slot)
    if (digits > 1 && bytes[digitsStart] === ZERO) return REFUSED
    let power = 0
    if (bytes[at] === POINT) {
      const fractionStart = ++at
      while (isDigit(bytes[at])) mantissa = mantissa * 10 + ((bytes[at++] as number) - ZERO)
      power = at - fractionStart
      if (power === 0) return REFUSED
    } else if (digits >= LONG_DIGITS) return REFUSED
    this.tags[slot] = SCALAR.NUMBER
    if (isExponent(bytes[at])) return this.#readExponent(bytes, start, at + 1, slot)
    if (mantissa >= MOST_EXACT || power >= POWERS.length) return this.#round(bytes, start, at, slot)
    const value = mantissa / (POWERS[power] as number)
    this.numbers[slot] = isNegative ? -value : value
    return at
  }

  /** `exponentStart` is behind the `e`. */
  #readExponent(bytes: Buffer, start: number, exponentStart: number, slot: number): number {
    let at = exponentStart
    if (bytes[at] === MINUS || bytes[at] === PLUS) at += 1
    const digitsStart = at
    while (isDigit(bytes[at])) at += 1
    return at === digitsStart ? REFUSED : this.#round(bytes, start, at, slot)
  }

  /** For digits that are more than a double holds the engine knows the nearest one. */
  #round(bytes: Buffer, start: number, end: number, slot: number): number {
    this.numbers[slot] = Number(bytes.toString('latin1', start, end))
    return end
  }

  /** `start` is behind the quote. */
  #readText(bytes: Buffer, start: number, slot: number): number {
    const before = this.texts[slot] as string
    let at = start
    let isSame = true
    for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[at]) {
      if (byte === undefined || byte < SPACE || byte > DEL || byte === BACKSLASH) return REFUSED
      if (isSame && byte !== before.charCodeAt(at - start)) isSame = false
      at += 1
    }
    this.tags[slot] = SCALAR.TEXT
    if (!isSame || at - start !== before.length) this.texts[slot] = bytes.toString('latin1', start, at)
    return at + 1
  }

  #readWord(bytes: Buffer, at: number, slot: number): number {
    for (const { word, tag, number } of WORDS) {
      if (!isTextAt(bytes, at, word)) continue
      this.tags[slot] = tag
      if (tag === SCALAR.TEXT) this.texts[slot] = word
      else this.numbers[slot] = number
      return at + word.length
    }
    return REFUSED
  }
}
