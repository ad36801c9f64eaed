/** `google.protobuf.Value`, `ListValue` and `Struct`: JSON as Protocol Buffers. */
import type { ProtobufMessage } from './protobuf.ts'

/** Deeper values are `null`: tables are not nested this deep, and recursion stays bounded. */
const MAX_DEPTH = 16

/** Value: null 1, number 2, string 3, bool 4, struct 5, list 6. */
export function readValue(value: ProtobufMessage, depth = 0): unknown {
  if (depth > MAX_DEPTH) return null
  const number = value.doubles(2)
  if (number.length > 0) return number[number.length - 1]
  const text = value.bytes(3)
  if (text !== undefined) return value.string(3)
  const bool = value.bools(4)
  if (bool.length > 0) return bool.at(-1) === 1
  const list = value.message(6)
  if (list !== undefined) return readListValue(list, depth + 1)
  const struct = value.message(5)
  if (struct === undefined) return null
  return Object.fromEntries(struct.map(1).map(([name, member]) => [name, readValue(member, depth + 1)]))
}

export function readListValue(list: ProtobufMessage, depth = 0): unknown[] {
  return list.messages(1).map((value) => readValue(value, depth))
}
