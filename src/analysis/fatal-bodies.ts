// HOT: per request
/**
 * Recognises bodies that crashed an analysis thread. Before an exchange is read, hashes of its bodies are written into
 * shared memory. When the thread ends in the middle, the main thread finds them there (worker/deaths.ts), and the next
 * thread ignores such bodies. A hash covers the length and 64 bytes of a body: hashing all of it would cost a tenth of
 * the analysis. A mistaken match is rare, possible only after a crash, and counted.
 */
import { type Exchange, withoutBodies } from '../observe/exchange.ts'
import type { ControlBlock } from '../ring/control.ts'

const HASH_RANGE = 2 ** 32
const LENGTH_RANGE = 2 ** 20
const SAMPLED_BYTES = 64
const PRIME = 0x9e3779b1

/** A whole number below 2^52; 0 for an empty body. */
export function bodyHash(body: Uint8Array): number {
  const { length } = body
  if (length === 0) return 0
  const step = length <= SAMPLED_BYTES ? 1 : Math.ceil(length / SAMPLED_BYTES)
  let hash = length | 0
  for (let at = length - 1; at >= 0; at -= step)
    hash = Math.imul(hash ^ (body[at] as number), PRIME) ^ (hash >>> 13)
  return (length % LENGTH_RANGE) * HASH_RANGE + (hash >>> 0)
}

export class FatalBodies {
  /** Exchanges with ignored bodies. */
  passedOver = 0
  readonly #control: Pick<ControlBlock, 'markAnalysed'>
  readonly #hashes: ReadonlySet<number>

  constructor(control: Pick<ControlBlock, 'markAnalysed'>, hashes: readonly number[]) {
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
    this.#control.markAnalysed(request, response)
    return exchange
  }

  leave(): void {
    this.#control.markAnalysed(0, 0)
  }
}
