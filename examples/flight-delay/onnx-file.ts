/**
 * Reads the nodes and attributes of an ONNX file: a protobuf message `ModelProto`, of which only the fields used here
 * are decoded. Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'

export interface Attribute {
  readonly floats: readonly number[]
  readonly ints: readonly number[]
  readonly strings: readonly string[]
  /** A single string; empty if the attribute has another type. */
  readonly string: string
}

export interface Node {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, Attribute>
}

const MODEL_GRAPH = 7
const GRAPH_NODE = 1

export function readOnnxNodes(file: Uint8Array): readonly Node[] {
  const [graph] = messages(file, MODEL_GRAPH)
  if (graph === undefined) throw new Error('the ONNX file has no graph')
  return messages(graph, GRAPH_NODE).map(readNode)
}

/** All embedded messages with this field number. */
function messages(bytes: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = []
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === wanted) found.push(reader.bytes())
    else reader.skip(wireType)
  }
  return found
}

function readNode(bytes: Uint8Array): Node {
  const node = { operator: '', inputs: [] as string[], outputs: [] as string[] }
  const attributes = new Map<string, Attribute>()
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === 1) node.inputs.push(reader.string())
    else if (field === 2) node.outputs.push(reader.string())
    else if (field === 4) node.operator = reader.string()
    else if (field === 5) attributes.set(...readAttribute(reader.bytes()))
    else reader.skip(wireType)
  }
  return { ...node, attributes }
}

function readAttribute(bytes: Uint8Array): [name: string, Attribute] {
  let name = ''
  let string = ''
  const floats: number[] = []
  const ints: number[] = []
  const strings: string[] = []
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === 1) name = reader.string()
    else if (field === 4) string = reader.string()
    else if (field === 7) repeated(reader, wireType, () => floats.push(reader.float()))
    else if (field === 8) repeated(reader, wireType, () => ints.push(Number(reader.int64())))
    else if (field === 9) strings.push(reader.string())
    else reader.skip(wireType)
  }
  return [name, { floats, ints, strings, string }]
}

/** Repeated numbers are packed into one field, or written as one field each. */
function repeated(reader: BinaryReader, wireType: WireType, readOne: () => unknown): void {
  if (wireType !== WireType.LengthDelimited) {
    readOne()
    return
  }
  const end = reader.uint32() + reader.pos
  while (reader.pos < end) readOne()
}
