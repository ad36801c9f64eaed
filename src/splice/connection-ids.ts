/**
 * Gives out connection ids: growing 32-bit integers from 1, such that no two open connections have the same id modulo
 * `entries`, because that is where their entry in the shared table lies. An id comes again after 4 billion others.
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
      // 0 stands for nobody in the shared table.
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
