/**
 * Ids of predictions are never stored in clear text: a key and SipHash turn each into 128 bits, so that data in memory,
 * on disk or in Redis reveals no order and no person.
 */
import { hash } from 'node:crypto'
import { sipHash128 } from './siphash.ts'

/** Latin-1 characters, one for each byte. */
const HASH_BYTES = 16
/** 32-bit words, the lowest first. */
export const HASH_WORDS = 4
/** Maximum characters of an id. A longer text is a payload. */
export const LONGEST_ID = 256

const TWO_TO_THE_32 = 0x1_0000_0000

export class IdHash {
  readonly #key: Uint32Array
  readonly #shareBound: number
  readonly #words = new Uint32Array(HASH_WORDS)

  /**
   * @param key a secret, the same for all users of a store
   * @param share fraction of ids to include, 0…1
   */
  constructor(key: string, share: number) {
    this.#key = new Uint32Array(Uint8Array.from(hash('sha256', key, 'buffer').subarray(0, HASH_BYTES)).buffer)
    this.#shareBound = share * TWO_TO_THE_32
  }

  /** HOT: writes the hash as four words. */
  write(id: string, words: Uint32Array): void {
    sipHash128(this.#key, id, words)
  }

  /** 16 Latin-1 characters. */
  of(id: string): string {
    sipHash128(this.#key, id, this.#words)
    return textOf(this.#words)
  }

  /**
   * Whether the id is in the sample. It does not depend on the key, so label senders can compute it too: the first 32
   * bits of SHA-256 of the id, divided by 2³², are below `outcomes.share`.
   */
  isSampled(id: string): boolean {
    if (this.#shareBound >= TWO_TO_THE_32) return true
    return Number.parseInt(hash('sha256', id, 'hex').slice(0, 8), 16) < this.#shareBound
  }
}

/** The words of a hash as 16 Latin-1 characters. */
export function textOf(words: Uint32Array): string {
  return Buffer.from(words.buffer, words.byteOffset, HASH_BYTES).toString('latin1')
}

export function hexOf(idHash: string): string {
  return Buffer.from(idHash, 'latin1').toString('hex')
}

export function fromHex(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1')
}
