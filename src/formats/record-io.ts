/**
 * `application/x-recordio-protobuf` of SageMaker's built-in algorithms, one record for each row:
 *
 *     frame   0xced7230a, length (low 29 bits), record, zeros up to a multiple of 4 bytes; little-endian
 *     record  features 1, label 2: maps of value {float32 2 | float64 3 | int32 7}
 *     tensor  values 1, keys 2 (of a sparse one: where the values are), shape 3
 */
import type { Failure } from './failure.ts'
import { type ProtobufMessage, readProtobuf } from './protobuf.ts'

const MAGIC = 0xced7230a
const HEAD_BYTES = 8
const LENGTH_MASK = 0x1fff_ffff

/** The features of a request, or the labels of an answer: one array or object for each row. */
export function readRecords(
  bytes: Uint8Array,
  field: 'features' | 'label',
): readonly unknown[] | { readonly failure: Failure } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rows: unknown[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + HEAD_BYTES > bytes.length) return { failure: 'truncated' }
    if (view.getUint32(at, true) !== MAGIC) return { failure: 'shape-unknown' }
    const length = view.getUint32(at + 4, true) & LENGTH_MASK
    const start = at + HEAD_BYTES
    if (start + length > bytes.length) return { failure: 'truncated' }
    const row = readProtobuf(bytes.subarray(start, start + length), (record) =>
      readRecord(record.map(field === 'features' ? 1 : 2)),
    )
    if (row === undefined) return { failure: 'not-protobuf' }
    rows.push(row)
    at = start + Math.ceil(length / 4) * 4
  }
  return rows
}

/** The tensor `values` is the row; several tensors are its members. */
function readRecord(entries: readonly [string, ProtobufMessage][]): unknown {
  const members = entries.map(([name, value]): [string, unknown] => [name, readTensor(value)])
  const [only, ...others] = members
  return only?.[0] === 'values' && others.length === 0 ? only[1] : Object.fromEntries(members)
}

function readTensor(value: ProtobufMessage): unknown {
  const float32 = value.message(2)
  const float64 = value.message(3)
  const tensor = float32 ?? float64 ?? value.message(7)
  if (tensor === undefined) return null
  const values = Array.from(
    float32 === undefined ? (float64 === undefined ? tensor.int32s(1) : tensor.doubles(1)) : tensor.floats(1),
  )
  const keys = tensor.uint64s(2)
  return keys.length === 0
    ? values
    : Object.fromEntries(keys.map((key, index) => [`feature_${key}`, values[index]]))
}
