import { alignedFrameBytes, FRAME_HEADER_BYTES } from './memory.ts'

/** Blocks are freed one by one while the reader catches up. */
const BLOCK_BYTES = 1024 * 1024

/** Consecutive frames in the layout of the ring. */
interface Block {
  readonly buffer: ArrayBuffer
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  readonly floats: Float64Array
  /** End of the last frame. */
  end: number
}

/** Resizable buffers have their own mapping, so freeing one returns its pages; others come from the C heap. */
function createBlock(): Block {
  const buffer = new ArrayBuffer(BLOCK_BYTES, { maxByteLength: BLOCK_BYTES })
  return {
    buffer,
    bytes: new Uint8Array(buffer, 0, BLOCK_BYTES),
    words: new Uint32Array(buffer, 0, BLOCK_BYTES / Uint32Array.BYTES_PER_ELEMENT),
    floats: new Float64Array(buffer, 0, BLOCK_BYTES / Float64Array.BYTES_PER_ELEMENT),
    end: 0,
  }
}

/**
 * The writer's own queue of frames for which the ring had no room. One thread owns this memory, so it can be freed
 * immediately; pages of a SharedArrayBuffer stay resident until the process ends.
 */
export class Overflow {
  readonly #limit: number
  readonly #blocks: Block[] = []
  /** Start of the first frame in the first block. */
  #start = 0
  #bytes = 0

  /** `limit`: maximum bytes of frames, headers included. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes of waiting frames; 0 when empty. */
  get bytes(): number {
    return this.#bytes
  }

  /** Appends a frame with `source[start, end)`; `false` when fewer than `spare` bytes would stay free. */
  add(
    word: number,
    connection: number,
    offset: number,
    timeMs: number,
    spare: number,
    source?: Uint8Array,
    start = 0,
    end = 0,
  ): boolean {
    const size = alignedFrameBytes(end - start)
    if (this.#bytes + size + spare > this.#limit || size > BLOCK_BYTES) return false
    let block = this.#blocks.at(-1)
    if (block === undefined || block.end + size > BLOCK_BYTES) {
      block = createBlock()
      this.#blocks.push(block)
    }
    const at = block.end
    block.words[at >>> 2] = word
    block.words[(at >>> 2) + 1] = connection
    block.floats[(at >>> 3) + 1] = offset
    block.floats[(at >>> 3) + 2] = timeMs
    if (source !== undefined) block.bytes.set(source.subarray(start, end), at + FRAME_HEADER_BYTES)
    block.end = at + size
    this.#bytes += size
    return true
  }

  /** Bytes of the first frame; 0 when empty. */
  get firstBytes(): number {
    const block = this.#blocks[0]
    return block === undefined ? 0 : alignedFrameBytes((block.words[this.#start >>> 2] as number) >>> 4)
  }

  /** Copies the first frame to `target[at…]` and removes it. */
  moveFirst(target: Uint8Array, at: number): void {
    const block = this.#blocks[0]
    if (block === undefined) return
    const next = this.#start + this.firstBytes
    target.set(block.bytes.subarray(this.#start, next), at)
    this.#bytes -= next - this.#start
    this.#start = next
    if (next < block.end) return
    // Freed explicitly, because this thread hardly ever runs a garbage collection.
    block.buffer.transfer(0)
    this.#blocks.shift()
    this.#start = 0
  }
}
