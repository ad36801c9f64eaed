/** Positions of the scalars in a JSON text, and the value that contains them as leaves. */

import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isWhiteSpace,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './json-syntax.ts'

/** Nested deeper is no table. */
const MOST_DEPTH = 16
/** Scalars of one text. */
const MOST_SLOTS = 2_048

export type Holder = Record<string | number, unknown>

export interface Slot {
  /** The object or array that holds the value, and where. */
  readonly holder: Holder
  readonly key: string | number
  /** How many of the bytes that are no scalar come before this one. */
  readonly fixedEnd: number
}

export interface Slots {
  readonly slots: readonly Slot[]
  /** All bytes of the text but its scalars. */
  readonly fixed: Uint8Array
}

/**
 * @param bytes JSON, which may have bare `NaN` and the like
 * @param value what it says: an object or array
 * @returns undefined when the text is larger or deeper than what is kept, or has a key twice
 */
export function findSlots(bytes: Uint8Array, value: object): Slots | undefined {
  const walk = new Walk(bytes)
  return walk.whole(value as Holder) ? walk : undefined
}

class Walk implements Slots {
  readonly slots: Slot[] = []
  readonly #bytes: Uint8Array
  readonly #fixed: Uint8Array
  #fixedLength = 0
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#fixed = new Uint8Array(bytes.length)
  }

  get fixed(): Uint8Array {
    return this.#fixed.slice(0, this.#fixedLength)
  }

  whole(value: Holder): boolean {
    this.#skipSpace()
    if (!this.#container(value, 0)) return false
    this.#skipSpace()
    return this.#at === this.#bytes.length
  }

  #container(holder: Holder, depth: number): boolean {
    if (depth > MOST_DEPTH) return false
    const isArray = Array.isArray(holder)
    if (this.#bytes[this.#at] !== (isArray ? OPEN_ARRAY : OPEN_OBJECT)) return false
    let members = 0
    do {
      this.#take(1)
      this.#skipSpace()
      if (members === 0 && this.#bytes[this.#at] === (isArray ? CLOSE_ARRAY : CLOSE_OBJECT)) break
      const key = isArray ? members : this.#key()
      members += 1
      if (!this.#member(holder, key, depth)) return false
      this.#skipSpace()
    } while (this.#bytes[this.#at] === COMMA)
    this.#take(1)
    // A key that comes twice has two slots and one value.
    return members === Object.keys(holder).length
  }

  #member(holder: Holder, key: string | number, depth: number): boolean {
    const value = holder[key]
    if (typeof value === 'object' && value !== null) return this.#container(value as Holder, depth + 1)
    // Where a key comes twice, the value is of the second, and the text at hand may be an object.
    const first = this.#bytes[this.#at]
    if (first === OPEN_OBJECT || first === OPEN_ARRAY || this.slots.length === MOST_SLOTS) return false
    this.slots.push({ holder, key, fixedEnd: this.#fixedLength })
    this.#at = this.#scalarEnd()
    return true
  }

  #key(): string {
    const start = this.#at
    this.#take(this.#stringEnd() - start)
    const text = Buffer.from(this.#bytes.subarray(start, this.#at)).toString()
    this.#skipSpace()
    if (this.#bytes[this.#at] === COLON) this.#take(1)
    this.#skipSpace()
    return JSON.parse(text) as string
  }

  #scalarEnd(): number {
    let at = this.#at
    if (this.#bytes[at] === QUOTE) return this.#stringEnd()
    while (at < this.#bytes.length && !endsScalar(this.#bytes[at] as number)) at += 1
    return at
  }

  #stringEnd(): number {
    let at = this.#at + 1
    while (at < this.#bytes.length && this.#bytes[at] !== QUOTE) at += this.#bytes[at] === BACKSLASH ? 2 : 1
    return at + 1
  }

  #skipSpace(): void {
    while (isWhiteSpace(this.#bytes[this.#at])) this.#take(1)
  }

  #take(count: number): void {
    for (let taken = 0; taken < count; taken += 1)
      this.#fixed[this.#fixedLength++] = this.#bytes[this.#at++] as number
  }
}

function endsScalar(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT || isWhiteSpace(byte)
}
