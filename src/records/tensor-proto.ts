/**
 * TensorFlow's `TensorProto`: `tensor_content`, or the list of its type. The last value of the list fills the shape.
 *
 *     dtype 1, tensor_shape 2 {dim 2 {size 1}}, tensor_content 4, float_val 5, double_val 6, int_val 7, string_val 8,
 *     int64_val 10, bool_val 11, half_val 13, uint32_val 16, uint64_val 17
 */
import { type Datatype, readElements, textOrBytes } from '../formats/datatype.ts'
import type { ProtobufMessage } from '../formats/protobuf.ts'
import { sizeOf, type TensorOrFailure } from './tensor.ts'

interface Kind {
  readonly datatype: Datatype
  readonly list: (tensor: ProtobufMessage) => ArrayLike<unknown>
}

/** By the number in TensorFlow's enum `DataType`. Complex and quantised types are not columns. */
const KINDS: Readonly<Record<number, Kind>> = {
  1: { datatype: 'FP32', list: (tensor) => tensor.floats(5) },
  2: { datatype: 'FP64', list: (tensor) => tensor.doubles(6) },
  3: { datatype: 'INT32', list: (tensor) => tensor.int32s(7) },
  4: { datatype: 'UINT8', list: (tensor) => tensor.int32s(7) },
  5: { datatype: 'INT16', list: (tensor) => tensor.int32s(7) },
  6: { datatype: 'INT8', list: (tensor) => tensor.int32s(7) },
  7: { datatype: 'BYTES', list: (tensor) => tensor.all(8).map(textOrBytes) },
  9: { datatype: 'INT64', list: (tensor) => tensor.int64s(10) },
  10: { datatype: 'BOOL', list: (tensor) => tensor.bools(11) },
  14: { datatype: 'BF16', list: (tensor) => halves(tensor, 'BF16') },
  17: { datatype: 'UINT16', list: (tensor) => tensor.int32s(7) },
  19: { datatype: 'FP16', list: (tensor) => halves(tensor, 'FP16') },
  22: { datatype: 'UINT32', list: (tensor) => tensor.uint32s(16) },
  23: { datatype: 'UINT64', list: (tensor) => tensor.uint64s(17) },
}

/**
 * Limits the elements that the tensors of one message may have beyond those in the message. The last value is repeated
 * to fill the shape, so a few bytes of a broken or hostile sender could otherwise request any amount of memory.
 */
export interface Room {
  elements: number
}

const MAX_REPEATED = 4_000_000

export function newRoom(): Room {
  return { elements: MAX_REPEATED }
}

export function readTensorProto(name: string, tensor: ProtobufMessage, room: Room): TensorOrFailure {
  const kind = KINDS[tensor.int(1)]
  if (kind === undefined) return { failure: 'type-unsupported' }
  const dimensions = tensor.message(2)?.messages(2) ?? []
  const shape = dimensions.map((dimension) => Number(dimension.int64s(1).at(-1) ?? 0))
  const size = sizeOf(shape)
  if (!shape.every((length) => length >= 0)) return { failure: 'shape-unknown' }
  const { datatype, list } = kind
  const content = tensor.bytes(4)
  const values =
    content === undefined ? filledUp(list(tensor), size, room) : readContent(datatype, content, size)
  return values === undefined ? { failure: 'shape-mismatch' } : { name, datatype, shape, values }
}

/** Format of strings in `tensor_content`: all lengths as varints, then all bytes. Only TensorFlow itself writes it. */
function readContent(datatype: Datatype, content: Uint8Array, size: number): ArrayLike<unknown> | undefined {
  return datatype === 'BYTES' ? undefined : readElements(datatype, content, size)
}

/** Half precision is sent as 16 bits in an int32 each. */
function halves(tensor: ProtobufMessage, datatype: 'FP16' | 'BF16'): ArrayLike<unknown> {
  const bits = Uint16Array.from(tensor.int32s(13))
  const bytes = new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength)
  return readElements(datatype, bytes, bits.length) ?? []
}

/** `undefined` with too many elements, or without a value to repeat. */
function filledUp(values: ArrayLike<unknown>, size: number, room: Room): ArrayLike<unknown> | undefined {
  if (values.length === size) return values
  if (values.length > size || values.length === 0 || size > room.elements) return undefined
  room.elements -= size
  const last = values[values.length - 1]
  return Array.from({ length: size }, (_, index) => (index < values.length ? values[index] : last))
}
