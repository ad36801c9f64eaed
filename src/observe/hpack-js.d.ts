/** The parts of hpack.js that `hpack.ts` uses; the package has no types of its own. */
declare module 'hpack.js' {
  namespace hpack {
    interface Entry {
      readonly name: string
      readonly value: string
      readonly nameSize: number
    }

    /** Reads the primitives of RFC 7541, section 5, from the bytes pushed into it; throws on anything else. */
    interface Decoder {
      push(chunk: Buffer): void
      isEmpty(): boolean
      decodeBit(): 0 | 1
      decodeInt(): number
      decodeStr(): ArrayLike<number>
    }

    /** Static and dynamic table, RFC 7541, section 2.3. */
    interface Table {
      protocolMaxSize: number
      lookup(index: number): Entry
      add(name: string, value: string, nameSize: number, valueSize: number): void
      updateSize(size: number): void
    }
  }

  const hpack: {
    readonly decoder: { create(): hpack.Decoder }
    readonly table: { create(options: { maxSize: number }): hpack.Table }
    readonly utils: { stringify(bytes: ArrayLike<number>): string }
  }
  export = hpack
}
