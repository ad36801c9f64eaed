// HOT: per message
/**
 * Memory of the copies: buffers of power-of-two sizes, taken from and given back to free lists, so that
 * copying a body allocates nothing in a steady state and idle connections hold nothing.
 *
 * Invariant: buffers lent out never exceed `totalBytes`, buffers kept for reuse never exceed `KEPT_SHARE` of it.
 */
const SMALLEST_POWER = 10
const KEPT_SHARE = 1 / 4

export class BufferPool {
  readonly #totalBytes: number
  readonly #keptLimit: number
  /** Free buffers of 2^(index + SMALLEST_POWER) bytes. */
  readonly #free: Buffer[][] = []
  #lentBytes = 0
  #keptBytes = 0

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes
    this.#keptLimit = totalBytes * KEPT_SHARE
  }

  /** Bytes lent out or reserved at this moment. */
  get lentBytes(): number {
    return this.#lentBytes
  }

  /** A buffer of at least `bytes` with arbitrary content, or `undefined` when the budget is used up. */
  acquire(bytes: number): Buffer | undefined {
    const power = powerFor(bytes)
    const size = 2 ** (power + SMALLEST_POWER)
    if (this.#lentBytes + size > this.#totalBytes) return undefined
    this.#lentBytes += size
    const kept = this.#free[power]?.pop()
    if (kept === undefined) return Buffer.allocUnsafeSlow(size)
    this.#keptBytes -= size
    return kept
  }

  /** Counts memory that is held elsewhere against the same budget; false when there is none left. */
  reserve(bytes: number): boolean {
    if (this.#lentBytes + bytes > this.#totalBytes) return false
    this.#lentBytes += bytes
    return true
  }

  unreserve(bytes: number): void {
    this.#lentBytes -= bytes
  }

  /** Takes back a buffer that `acquire` gave; its content is void from now on. */
  release(buffer: Buffer): void {
    const size = buffer.length
    this.#lentBytes -= size
    if (this.#keptBytes + size > this.#keptLimit) return
    const power = powerFor(size)
    while (this.#free.length <= power) this.#free.push([])
    this.#free[power]?.push(buffer)
    this.#keptBytes += size
  }
}

function powerFor(bytes: number): number {
  return bytes <= 2 ** SMALLEST_POWER ? 0 : 32 - Math.clz32(bytes - 1) - SMALLEST_POWER
}
