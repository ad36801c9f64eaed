// HOT: per value
/** The datatypes of the Open Inference Protocol, and the conversion of their little-endian bytes to numbers. */
import { isUtf8 } from 'node:buffer'
import { shortestDecimal } from '../lib/nearest-decimal.ts'

/** Size of one element in bytes; 0 for BYTES, whose elements have a length prefix. */
const SIZES = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 0,
} as const satisfies Record<string, number>

export type Datatype = keyof typeof SIZES

export const DATATYPES = Object.keys(SIZES) as readonly Datatype[]

export function isDatatype(value: unknown): value is Datatype {
  return typeof value === 'string' && Object.hasOwn(SIZES, value)
}

/** Size of one element in bytes; 0 for BYTES. */
export function sizeOfElement(datatype: Datatype): number {
  return SIZES[datatype]
}

/**
 * `count` elements of raw tensor data; `undefined` when the number of bytes differs. Views of the bytes if aligned.
 * Integers that a double cannot hold become their digits; elements of BYTES become text, or bytes unless valid UTF-8.
 */
export function readElements(
  datatype: Datatype,
  bytes: Uint8Array,
  count: number,
): ArrayLike<unknown> | undefined {
  if (datatype === 'BYTES') return readByteElements(bytes, count)
  if (bytes.length !== count * SIZES[datatype]) return undefined
  return readers[datatype](alignedTo(SIZES[datatype], bytes), count)
}

/** The bytes themselves, or a copy when they are not aligned for a typed array. */
function alignedTo(size: number, bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes)
}

type ElementReader = (bytes: Uint8Array, count: number) => ArrayLike<unknown>

const readers: Readonly<Record<Exclude<Datatype, 'BYTES'>, ElementReader>> = {
  BOOL: (bytes) => bytes,
  UINT8: (bytes) => bytes,
  INT8: ({ buffer, byteOffset }, count) => new Int8Array(buffer, byteOffset, count),
  UINT16: ({ buffer, byteOffset }, count) => new Uint16Array(buffer, byteOffset, count),
  INT16: ({ buffer, byteOffset }, count) => new Int16Array(buffer, byteOffset, count),
  UINT32: ({ buffer, byteOffset }, count) => new Uint32Array(buffer, byteOffset, count),
  INT32: ({ buffer, byteOffset }, count) => new Int32Array(buffer, byteOffset, count),
  FP32: ({ buffer, byteOffset }, count) => new Float32Array(buffer, byteOffset, count),
  FP64: ({ buffer, byteOffset }, count) => new Float64Array(buffer, byteOffset, count),
  FP16: ({ buffer, byteOffset }, count) => halves.read(new Uint16Array(buffer, byteOffset, count)),
  BF16: ({ buffer, byteOffset }, count) => brainFloats.read(new Uint16Array(buffer, byteOffset, count)),
  INT64: ({ buffer, byteOffset }, count) => longIntegers(new BigInt64Array(buffer, byteOffset, count)),
  UINT64: ({ buffer, byteOffset }, count) => longIntegers(new BigUint64Array(buffer, byteOffset, count)),
}

const SIGN = 0x8000

/** Decimals of the 16-bit floats without sign, computed on first use; 256 kB. */
class DecimalTable {
  readonly #decimalOf: (bits: number) => number
  readonly #decimals = new Float64Array(SIGN)
  readonly #isKnown = new Uint8Array(SIGN)

  constructor(decimalOf: (bits: number) => number) {
    this.#decimalOf = decimalOf
  }

  read(floats: Uint16Array): Float64Array {
    const values = new Float64Array(floats.length)
    for (let index = 0; index < floats.length; index += 1) {
      const float = floats[index] as number
      const bits = float & (SIGN - 1)
      if (this.#isKnown[bits] === 0) {
        this.#isKnown[bits] = 1
        this.#decimals[bits] = this.#decimalOf(bits)
      }
      const value = this.#decimals[bits] as number
      values[index] = float & SIGN ? -value : value
    }
    return values
  }
}

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
const halves = new DecimalTable((bits) => {
  const exponent = bits >> 10
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? Infinity : NaN
  const step = 2 ** (Math.max(exponent, 1) - 25)
  return shortestDecimal((exponent === 0 ? fraction : 1024 + fraction) * step, step / 2)
})

/** bfloat16 is the upper half of a binary32: 1 sign, 8 exponent and 7 fraction bits. */
const brainFloats = new DecimalTable((bits) => {
  const exponent = bits >> 7
  const fraction = bits & 0x7f
  if (exponent === 0xff) return fraction === 0 ? Infinity : NaN
  const step = 2 ** (Math.max(exponent, 1) - 134)
  return shortestDecimal((exponent === 0 ? fraction : 128 + fraction) * step, step / 2)
})

function longIntegers(integers: BigInt64Array | BigUint64Array): ArrayLike<unknown> {
  const values: unknown[] = new Array<unknown>(integers.length)
  for (let index = 0; index < integers.length; index += 1) {
    const integer = integers[index] as bigint
    const value = Number(integer)
    values[index] = Number.isSafeInteger(value) ? value : String(integer)
  }
  return values
}

/** Each element: its length in 4 bytes, then its bytes. */
function readByteElements(bytes: Uint8Array, count: number): readonly unknown[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values: unknown[] = []
  let at = 0
  while (at + 4 <= bytes.length && values.length < count) {
    const end = at + 4 + view.getUint32(at, true)
    if (end > bytes.length) return undefined
    values.push(textOrBytes(bytes.subarray(at + 4, end)))
    at = end
  }
  return at === bytes.length && values.length === count ? values : undefined
}

export function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  if (!isUtf8(bytes)) return bytes
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
