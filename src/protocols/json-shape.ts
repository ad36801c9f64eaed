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
 * It reads exactly what `parseJson` reads of the same bytes (test/protocols/json-shape.test.ts compares them), and leaves
 * to that function what is rare: escapes and bytes beyond ASCII in a string, integers of 16 digits and more.
 */
import { isTextAt } from '../observe/http1-syntax.ts'
import { BACKSLASH, findSlots, QUOTE, type Slot, type Slots } from './json-slots.ts'

const SPACE = 0x20
const DEL = 0x7f
const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39

/** From so many digits on an integer can be beyond 2^53, and becomes text in `parseJson`. */
const LONG_DIGITS = 16
/** Integers below are exact, and so are these powers of ten: their quotient is rounded once, that is, correctly. */
const MOST_EXACT = 2 ** 53
const POWERS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))

/** Bare tokens as strings, as in `parseJson`. */
const WORDS = [
  { text: 'true', value: true },
  { text: 'false', value: false },
  { text: 'null', value: null },
  { text: 'NaN', value: 'NaN' },
  { text: 'Infinity', value: 'Infinity' },
  { text: '-Infinity', value: '-Infinity' },
] as const

export class JsonShape {
  readonly #value: object
  readonly #slots: readonly Slot[]
  readonly #fixed: Uint8Array
  /** By slot, the text read last: categories repeat. */
  readonly #texts: string[]
  /** Behind the scalar read last; −1 when it is none that is read here. */
  #at = 0

  private constructor(value: object, { slots, fixed }: Slots) {
    this.#value = value
    this.#slots = slots
    this.#fixed = fixed
    this.#texts = slots.map(() => '')
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

  /** The value, changed to what the bytes say; undefined when they have another shape, and the value is void then. */
  read(bytes: Buffer): object | undefined {
    const slots = this.#slots
    const fixed = this.#fixed
    const length = bytes.length
    let at = 0
    let compared = 0
    for (let index = 0; index < slots.length; index += 1) {
      const { holder, key, fixedEnd } = slots[index] as Slot
      if (at + fixedEnd - compared >= length) return undefined
      while (compared < fixedEnd) {
        if (bytes[at] !== fixed[compared]) return undefined
        at += 1
        compared += 1
      }
      this.#at = at
      const value = this.#readScalar(bytes, index)
      at = this.#at
      if (at < 0) return undefined
      holder[key] = value
    }
    if (length - at !== fixed.length - compared) return undefined
    for (; at < length; at += 1) {
      if (bytes[at] !== fixed[compared]) return undefined
      compared += 1
    }
    return this.#value
  }

  #readScalar(bytes: Buffer, index: number): unknown {
    const first = bytes[this.#at] as number
    if (first === QUOTE) return this.#readText(bytes, index)
    if (first === MINUS || isDigit(first)) return this.#readNumber(bytes, first)
    return this.#readWord(bytes)
  }

  #readNumber(bytes: Buffer, first: number): unknown {
    const start = this.#at
    const digitsStart = first === MINUS ? start + 1 : start
    let at = digitsStart
    let mantissa = 0
    while (isDigit(bytes[at])) mantissa = mantissa * 10 + ((bytes[at++] as number) - ZERO)
    const digits = at - digitsStart
    if (digits === 0) return this.#readWord(bytes)
    if (digits > 1 && bytes[digitsStart] === ZERO) return this.#refuse()
    let power = 0
    if (bytes[at] === POINT) {
      const fractionStart = ++at
      while (isDigit(bytes[at])) mantissa = mantissa * 10 + ((bytes[at++] as number) - ZERO)
      power = at - fractionStart
      if (power === 0) return this.#refuse()
    } else if (digits >= LONG_DIGITS) return this.#refuse()
    if (isExponent(bytes[at])) return this.#readExponent(bytes, start, at + 1)
    if (mantissa >= MOST_EXACT || power >= POWERS.length) return this.#round(bytes, start, at)
    this.#at = at
    const value = mantissa / (POWERS[power] as number)
    return first === MINUS ? -value : value
  }

  /** `exponentStart` is behind the `e`. */
  #readExponent(bytes: Buffer, start: number, exponentStart: number): unknown {
    let at = exponentStart
    if (bytes[at] === MINUS || bytes[at] === PLUS) at += 1
    const digitsStart = at
    while (isDigit(bytes[at])) at += 1
    return at === digitsStart ? this.#refuse() : this.#round(bytes, start, at)
  }

  /** For digits that are more than a double holds the engine knows the nearest one. */
  #round(bytes: Buffer, start: number, end: number): number {
    this.#at = end
    return Number(bytes.toString('latin1', start, end))
  }

  #readText(bytes: Buffer, index: number): unknown {
    const start = this.#at + 1
    const before = this.#texts[index] as string
    let at = start
    let isSame = true
    for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[at]) {
      if (byte === undefined || byte < SPACE || byte > DEL || byte === BACKSLASH) return this.#refuse()
      if (isSame && byte !== before.charCodeAt(at - start)) isSame = false
      at += 1
    }
    this.#at = at + 1
    if (isSame && at - start === before.length) return before
    return (this.#texts[index] = bytes.toString('latin1', start, at))
  }

  #readWord(bytes: Buffer): unknown {
    for (const { text, value } of WORDS) {
      if (!isTextAt(bytes, this.#at, text)) continue
      this.#at += text.length
      return value
    }
    return this.#refuse()
  }

  #refuse(): undefined {
    this.#at = -1
  }
}

function isDigit(byte: number | undefined): boolean {
  return (byte as number) >= ZERO && (byte as number) <= NINE
}

/** `e` or `E`. */
function isExponent(byte: number | undefined): boolean {
  return ((byte as number) | 0x20) === 0x65
}
