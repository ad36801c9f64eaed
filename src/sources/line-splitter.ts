// HOT: per line
/** Chunks of bytes → lines, with a limit on their length. */

const NEWLINE = 10
const RETURN = 13
const NOTHING = Buffer.alloc(0)

export interface LineSplitterOptions {
  readonly maxLineBytes: number
  /** A line without its line feed; valid during the call only. */
  readonly onLine: (line: Buffer) => void
  /** A line was longer than the limit and is left out; told when its end has come. */
  readonly onTooLong: () => void
}

export class LineSplitter {
  /** Bytes since the last line feed: how far the reader is ahead of what was delivered. */
  pendingBytes = 0
  readonly #options: LineSplitterOptions
  /** The beginning of a line whose end has not come; empty once it is too long. */
  #partial: Buffer = NOTHING
  #tooLong = false
  #silent = false

  constructor(options: LineSplitterOptions) {
    this.#options = options
  }

  push(chunk: Buffer): void {
    let start = 0
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start)
      if (end === -1) break
      this.#end(chunk.subarray(start, end))
      start = end + 1
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
  }

  /** The rest up to the next line feed is no whole line: it is left out without being counted. */
  skipToLineEnd(): void {
    this.#silent = true
    this.#tooLong = true
  }

  /** Takes what there is for a line: nothing more will come. */
  flush(): void {
    if (this.pendingBytes > 0) this.#end(NOTHING)
  }

  /** Forgets the beginning of a line. */
  reset(): void {
    this.#partial = NOTHING
    this.pendingBytes = 0
    this.#tooLong = false
    this.#silent = false
  }

  #keep(part: Buffer): void {
    this.pendingBytes += part.length
    if (this.#tooLong) return
    if (this.pendingBytes > this.#options.maxLineBytes) {
      this.#tooLong = true
      this.#partial = NOTHING
      return
    }
    // A copy, because the reader uses its buffer again.
    this.#partial = Buffer.concat([this.#partial, part])
  }

  #end(rest: Buffer): void {
    const length = this.pendingBytes + rest.length
    const wasSilent = this.#silent
    const isTooLong = this.#tooLong || length > this.#options.maxLineBytes
    const line = this.#partial.length === 0 ? rest : Buffer.concat([this.#partial, rest])
    this.reset()
    if (isTooLong) {
      if (!wasSilent) this.#options.onTooLong()
      return
    }
    const end = line.at(-1) === RETURN ? line.length - 1 : line.length
    if (end > 0) this.#options.onLine(line.subarray(0, end))
  }
}
