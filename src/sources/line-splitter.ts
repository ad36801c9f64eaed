// HOT: per line
/** Splits chunks of bytes into lines, with a maximum length. */

const NEWLINE = 10
const RETURN = 13
const NOTHING = Buffer.alloc(0)

export interface LineSplitterOptions {
  readonly maxLineBytes: number
  /** A line without its line feed; valid during the call only. */
  readonly onLine: (line: Buffer) => void
  /** Called at the end of a line that exceeded the limit and is dropped. */
  readonly onTooLong: () => void
}

export class LineSplitter {
  /** Bytes since the last line feed: read but not delivered. */
  pendingBytes = 0
  readonly #options: LineSplitterOptions
  /** The start of an incomplete line; empty once it is too long. */
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

  /** The rest up to the next line feed is not a whole line: it is dropped without being counted. */
  skipToLineEnd(): void {
    this.#silent = true
    this.#tooLong = true
  }

  /** Delivers the incomplete rest as a line: no more bytes will arrive. */
  flush(): void {
    if (this.pendingBytes > 0) this.#end(NOTHING)
  }

  /** Drops the start of a line. */
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
    // A copy, because the reader reuses its buffer.
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
