/**
 * Assigns connection ids: growing 32-bit integers from 1. No two open connections have the same id modulo `entries`,
 * because that is the position of their entry in the shared table. An id repeats after 4 billion others.
 */
export class ConnectionIds {
  readonly #taken: Uint8Array
  readonly #mask: number
  #last = 0

  /** `entries`: a power of two, larger than the number of connections open at once. */
  constructor(entries: number) {
    this.#taken = new Uint8Array(entries)
    this.#mask = entries - 1
  }

  take(): number {
    do this.#last = (this.#last + 1) >>> 0
    while (
      // In the shared table, 0 means no connection.
      this.#last === 0 ||
      this.#taken[this.#last & this.#mask] === 1
    )
    this.#taken[this.#last & this.#mask] = 1
    return this.#last
  }

  release(id: number): void {
    this.#taken[id & this.#mask] = 0
  }
}
