// HOT: per body
/**
 * Reads the JSON bodies of one direction, of which most look like one of the last few: what `parseJson` makes of them, at
 * less cost, because only what differs is read (docs/decisions/data-plane.md has the figures).
 *
 * A value lasts until the next call: it is changed in place.
 */
import type { Parsed } from './failure.ts'
import { parseJson } from './json.ts'
import { JsonShape } from './json-shape.ts'

/** As many clients and models as take turns. */
const MOST_SHAPES = 4
/** A larger body costs so much in later stages that its shape saves little, and shapes stay in memory. */
const MOST_BYTES = 16 * 1024
/** Bytes that a shape may have been compared with in vain; one that was met has more, up to the second figure. */
const FIRST_CREDIT = 16 * 1024
const MOST_CREDIT = 128 * 1024
/** Learning a shape costs as much as some bodies: one that was met less often has not paid for itself. */
const PAYING_MEETINGS = 4
/** Bodies without a shape of their own that are let pass before the next shape is learned, where none ever pays. */
const LONGEST_PAUSE = 1_024

interface Known {
  readonly shape: JsonShape
  /** Bytes that it read, less those that it read of texts of another shape. */
  credit: number
  meetings: number
}

export class JsonReader {
  /** The one met last comes first. */
  readonly #known: Known[] = []
  #pause = 0
  #untilLearning = 0

  /** As `parseJson`; the value is void after the next call. */
  read(bytes: Uint8Array): Parsed {
    if (!Buffer.isBuffer(bytes) || bytes.length > MOST_BYTES) return parseJson(bytes)
    const known = this.#known
    for (let place = 0; place < known.length; place += 1) {
      const candidate = known[place] as Known
      const read = candidate.shape.read(bytes)
      if (read === bytes.length) {
        this.#meet(candidate, place, read)
        return candidate.shape
      }
      candidate.credit -= read
    }
    const parsed = parseJson(bytes)
    this.#forget()
    if (this.#untilLearning > 0) this.#untilLearning -= 1
    else if ('value' in parsed) this.#learn(bytes, parsed)
    return parsed
  }

  #meet(met: Known, place: number, read: number): void {
    met.credit = Math.min(met.credit + read, MOST_CREDIT)
    met.meetings += 1
    if (met.meetings === PAYING_MEETINGS) this.#pause = 0
    if (place === 0) return
    this.#known.splice(place, 1)
    this.#known.unshift(met)
  }

  #learn(bytes: Uint8Array, parsed: Parsed & { readonly value: unknown }): void {
    const shape = JsonShape.of(bytes, parsed.value)
    // Doubled until a learned shape has paid: where each body has one of its own, learning is wasted.
    this.#pause = Math.min(2 * this.#pause + 1, LONGEST_PAUSE)
    this.#untilLearning = this.#pause
    if (shape === undefined) return
    this.#known.unshift({ shape, credit: FIRST_CREDIT, meetings: 0 })
    if (this.#known.length > MOST_SHAPES) this.#known.pop()
  }

  #forget(): void {
    const place = this.#known.findIndex(({ credit }) => credit < 0)
    if (place >= 0) this.#known.splice(place, 1)
  }
}
