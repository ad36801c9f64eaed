// HOT: per message
/**
 * Memory of the copies: buffers of power-of-two sizes in free lists. In a steady state, copying a body allocates
 * nothing, and idle connections hold nothing.
 *
 * Invariant: lent buffers never exceed `totalBytes`; buffers kept for reuse never exceed `KEPT_SHARE` of it.
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

  /** Bytes currently lent or reserved. */
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

  /** Charges memory held elsewhere to the same budget; false when the budget is used up. */
  reserve(bytes: number): boolean {
    if (this.#lentBytes + bytes > this.#totalBytes) return false
    this.#lentBytes += bytes
    return true
  }

  unreserve(bytes: number): void {
    this.#lentBytes -= bytes
  }

  /** Takes back a buffer from `acquire`; its content becomes invalid. */
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
