/** One Protocol Buffers message: indexes its fields once and reads them by number on demand. */
import type * as Wire from '@bufbuild/protobuf/wire'
import type { BinaryReader } from '@bufbuild/protobuf/wire'
import { lazyPackage } from '../lib/lazy-package.ts'

const wire = lazyPackage<typeof Wire>('@bufbuild/protobuf/wire')

/** https://protobuf.dev/programming-guides/encoding/ */
const WIRE_TYPE = { VARINT: 0, BIT64: 1, LENGTH_DELIMITED: 2, BIT32: 5 } as const

interface Occurrence {
  /** One of `WIRE_TYPE`, or a group's. */
  readonly wireType: number
  /** Without the tag; for length-delimited fields without the length. */
  readonly bytes: Uint8Array
}

export class ProtobufMessage {
  readonly #fields = new Map<number, Occurrence[]>()

  /** @throws Error when the bytes are not a message; see `readProtobuf` */
  constructor(bytes: Uint8Array) {
    const reader = new (wire().BinaryReader)(bytes)
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag()
      const value = wireType === WIRE_TYPE.LENGTH_DELIMITED ? reader.bytes() : reader.skip(wireType, number)
      const known = this.#fields.get(number)
      if (known === undefined) this.#fields.set(number, [{ wireType, bytes: value }])
      else known.push({ wireType, bytes: value })
    }
  }

  /** Each occurrence of a repeated field of type bytes, string or message. */
  all(field: number): readonly Uint8Array[] {
    return this.#of(field)
      .filter(({ wireType }) => wireType === WIRE_TYPE.LENGTH_DELIMITED)
      .map(({ bytes }) => bytes)
  }

  /** The last occurrence, as the wire format requires; `undefined` when absent. */
  bytes(field: number): Uint8Array | undefined {
    return this.all(field).at(-1)
  }

  string(field: number): string {
    return textOf(this.bytes(field))
  }

  message(field: number): ProtobufMessage | undefined {
    const bytes = this.bytes(field)
    return bytes === undefined ? undefined : new ProtobufMessage(bytes)
  }

  messages(field: number): ProtobufMessage[] {
    return this.all(field).map((bytes) => new ProtobufMessage(bytes))
  }

  /** A map with string keys. */
  map(field: number): [string, ProtobufMessage][] {
    return this.messages(field).map((entry) => [entry.string(1), entry.message(2) ?? EMPTY])
  }

  /** A single int32, uint32 or enum; 0 when absent. */
  int(field: number): number {
    return this.int32s(field).at(-1) ?? 0
  }

  int32s(field: number): number[] {
    return this.#varints(field, (reader) => reader.int32())
  }

  uint32s(field: number): number[] {
    return this.#varints(field, (reader) => reader.uint32())
  }

  bools(field: number): number[] {
    return this.#varints(field, (reader) => (reader.bool() ? 1 : 0))
  }

  /** Numbers, or digits when a double cannot hold the value. */
  int64s(field: number): (number | string)[] {
    return this.#varints(field, (reader) => numberOrDigits(reader.int64()))
  }

  uint64s(field: number): (number | string)[] {
    return this.#varints(field, (reader) => numberOrDigits(reader.uint64()))
  }

  floats(field: number): ArrayLike<number> {
    const bytes = aligned(this.#joined(field, WIRE_TYPE.BIT32), 4)
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  }

  doubles(field: number): ArrayLike<number> {
    const bytes = aligned(this.#joined(field, WIRE_TYPE.BIT64), 8)
    return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8)
  }

  #of(field: number): readonly Occurrence[] {
    return this.#fields.get(field) ?? []
  }

  /** Packed, unpacked or mixed, as the wire format allows. */
  #varints<Value>(field: number, read: (reader: BinaryReader) => Value): Value[] {
    const values: Value[] = []
    for (const { wireType, bytes } of this.#of(field)) {
      if (wireType !== WIRE_TYPE.VARINT && wireType !== WIRE_TYPE.LENGTH_DELIMITED) continue
      const reader = new (wire().BinaryReader)(bytes)
      while (reader.pos < reader.len) values.push(read(reader))
    }
    return values
  }

  #joined(field: number, single: number): Uint8Array {
    const parts = this.#of(field)
      .filter(({ wireType }) => wireType === single || wireType === WIRE_TYPE.LENGTH_DELIMITED)
      .map(({ bytes }) => bytes)
    return parts.length === 1 ? (parts[0] ?? NOTHING) : Buffer.concat(parts)
  }
}

/** The result of `read` for a message; `undefined` when the bytes, or a part that was read, are invalid. */
export function readProtobuf<Value>(
  bytes: Uint8Array,
  read: (message: ProtobufMessage) => Value,
): Value | undefined {
  try {
    return read(new ProtobufMessage(bytes))
  } catch {
    // The library throws for truncated or invalid bytes; here that is a value.
    return undefined
  }
}

const NOTHING = new Uint8Array(0)
const EMPTY = new ProtobufMessage(NOTHING)

/** @throws RangeError when the bytes are not a whole number of elements */
function aligned(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length % size !== 0)
    throw new RangeError(`${bytes.length} bytes cannot be divided into elements of ${size}`)
  return bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes)
}

function numberOrDigits(integer: bigint | string): number | string {
  const value = Number(integer)
  return Number.isSafeInteger(value) ? value : String(integer)
}

function textOf(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return ''
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
