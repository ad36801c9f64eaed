// HOT: per request
/**
 * Recognises bodies that crashed an analysis thread. Before an exchange is read, the hashes of its bodies are written
 * into shared memory. When the thread ends in the middle, the main thread finds them there (worker/deaths.ts), and the
 * next thread ignores such bodies. CRC-32 with the length suffices against accidents; a client that forges collisions
 * only hides its own bodies.
 */
import { crc32 } from 'node:zlib'
import { type Exchange, withoutBodies } from '../observe/exchange.ts'
import type { ControlBlock } from '../ring/control.ts'

const CRC_RANGE = 2 ** 32
const LENGTH_RANGE = 2 ** 20

/** A whole number below 2^52; 0 for an empty body. */
export function bodyHash(body: Uint8Array): number {
  return body.length === 0 ? 0 : (body.length % LENGTH_RANGE) * CRC_RANGE + crc32(body)
}

export class FatalBodies {
  /** Exchanges with ignored bodies. */
  passedOver = 0
  readonly #control: Pick<ControlBlock, 'analysedRequest' | 'analysedResponse'>
  readonly #hashes: ReadonlySet<number>

  constructor(
    control: Pick<ControlBlock, 'analysedRequest' | 'analysedResponse'>,
    hashes: readonly number[],
  ) {
    this.#control = control
    this.#hashes = new Set(hashes)
    this.leave()
  }

  /** Returns the exchange to read: without its bodies when one of them crashed a thread before. */
  enter(exchange: Exchange): Exchange {
    const request = bodyHash(exchange.request.body)
    const response = bodyHash(exchange.response.body)
    if (this.#hashes.size > 0 && (this.#hashes.has(request) || this.#hashes.has(response))) {
      this.passedOver += 1
      return withoutBodies(exchange)
    }
    this.#control.analysedRequest = request
    this.#control.analysedResponse = response
    return exchange
  }

  leave(): void {
    this.#control.analysedRequest = 0
    this.#control.analysedResponse = 0
  }
}
