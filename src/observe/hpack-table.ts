// HOT: per header field
/** RFC 7541, section 2.3: the static table and the dynamic one behind it, as one list of indices from 1. */

/** RFC 7541, appendix A: index 1 first; without a value if the table has none. */
const STATIC: readonly (readonly [name: string, value?: string])[] = [
  [':authority'],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset'],
  ['accept-encoding', 'gzip, deflate'],
  ['accept-language'],
  ['accept-ranges'],
  ['accept'],
  ['access-control-allow-origin'],
  ['age'],
  ['allow'],
  ['authorization'],
  ['cache-control'],
  ['content-disposition'],
  ['content-encoding'],
  ['content-language'],
  ['content-length'],
  ['content-location'],
  ['content-range'],
  ['content-type'],
  ['cookie'],
  ['date'],
  ['etag'],
  ['expect'],
  ['expires'],
  ['from'],
  ['host'],
  ['if-match'],
  ['if-modified-since'],
  ['if-none-match'],
  ['if-range'],
  ['if-unmodified-since'],
  ['last-modified'],
  ['link'],
  ['location'],
  ['max-forwards'],
  ['proxy-authenticate'],
  ['proxy-authorization'],
  ['range'],
  ['referer'],
  ['refresh'],
  ['retry-after'],
  ['server'],
  ['set-cookie'],
  ['strict-transport-security'],
  ['transfer-encoding'],
  ['user-agent'],
  ['vary'],
  ['via'],
  ['www-authenticate'],
]
const FIRST_DYNAMIC = STATIC.length + 1

/** Overhead of an entry in addition to its text (RFC 7541, section 4.1). */
export const ENTRY_BYTES = 32
/** Dropped entries after which the lists are compacted. */
const COMPACT_AFTER = 64

export class HpackTable {
  /** Oldest first; those before `#first` are dropped. */
  readonly #names: string[] = []
  readonly #values: string[] = []
  #first = 0
  #bytes = 0
  #maxBytes: number

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  has(index: number): boolean {
    return index >= 1 && index < FIRST_DYNAMIC + this.#names.length - this.#first
  }

  /** For an existing index. */
  name(index: number): string {
    if (index < FIRST_DYNAMIC) return (STATIC[index - 1] as readonly [string, string?])[0]
    return this.#names[this.#names.length - 1 - (index - FIRST_DYNAMIC)] as string
  }

  /** For an existing index. */
  value(index: number): string {
    if (index < FIRST_DYNAMIC) return (STATIC[index - 1] as readonly [string, string?])[1] ?? ''
    return this.#values[this.#values.length - 1 - (index - FIRST_DYNAMIC)] as string
  }

  /** An entry larger than the table empties it and is not stored, which is not an error (section 4.4). */
  add(name: string, value: string): void {
    this.#names.push(name)
    this.#values.push(value)
    this.#bytes += name.length + value.length + ENTRY_BYTES
    this.#evict()
  }

  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes
    this.#evict()
  }

  #evict(): void {
    const names = this.#names
    const values = this.#values
    while (this.#bytes > this.#maxBytes) {
      const first = this.#first
      this.#bytes -= (names[first] as string).length + (values[first] as string).length + ENTRY_BYTES
      names[first] = ''
      values[first] = ''
      this.#first = first + 1
    }
    if (this.#first < COMPACT_AFTER || this.#first * 2 < names.length) return
    names.splice(0, this.#first)
    values.splice(0, this.#first)
    this.#first = 0
  }
}
