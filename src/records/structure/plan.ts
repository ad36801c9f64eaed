// HOT: per value
/**
 * A compiled learned structure: writes the rows of one exchange without searching. Learning has decided which members
 * are columns and how their values are treated; the plan only fetches them. Values that do not match are left missing
 * and reported in `misfit`.
 */
import { Binary } from '../../formats/binary.ts'
import type { DecodeResult, Parsed } from '../../formats/failure.ts'
import { writeCell } from '../cell.ts'
import { isDistribution, writeClass } from '../class-scores.ts'
import { countCodePoints, countWords, isFreeText } from '../free-text.ts'
import { pair, type Side } from '../pairing.ts'
import { type Column, type ColumnSet, LONGEST_NAME, type RecordBatch } from '../record-batch.ts'
import { writeArraySummary } from '../wide-array.ts'
import { readJsonTexts, type Steps } from './json-texts.ts'
import { type Structure, walk } from './learn.ts'
import { isRecord, listOf } from './lists.ts'
import { FIRST_SEEN, isKept, type Leaf, type Node, type Treatment } from './node.ts'
import { quantityOf } from './quantity.ts'
import { base64Bytes, isNumberText } from './scalars.ts'

/** How an exchange differs from the learned structure; a closed set, for a label. */
export const MISFITS = ['kind', 'length', 'constant', 'member', 'text'] as const
export type Misfit = (typeof MISFITS)[number]

/** Maximum cells from shared members: a large context for very many rows would multiply both. */
const MAX_SHARED_CELLS = 2_000_000

interface CellOp {
  readonly op: 'cell'
  readonly name: string
  readonly treatment: Treatment
  /** In the current batch; the second one is the number of words. */
  column: Column | undefined
  words: Column | undefined
}

interface RecordOp {
  readonly op: 'record'
  readonly keys: readonly string[]
  readonly ops: readonly Op[]
  /** All members of the samples, to detect new ones. */
  readonly known: ReadonlySet<string>
  readonly scores: string | undefined
  readonly labels: readonly string[]
}

interface TupleOp {
  readonly op: 'tuple'
  readonly ops: readonly Op[]
  readonly scores: string | undefined
  readonly labels: readonly string[] | undefined
}

interface OnlyOp {
  readonly op: 'only'
  readonly element: Op
}

interface LengthOp {
  readonly op: 'length'
  readonly name: string
  column: Column | undefined
}

interface WideOp {
  readonly op: 'wide'
  readonly name: string
}

/** A member that is left out while its value stays constant. */
interface GuardOp {
  readonly op: 'guard'
  value: unknown
}

interface SkipOp {
  readonly op: 'skip'
}

type Op = CellOp | RecordOp | TupleOp | OnlyOp | LengthOp | WideOp | GuardOp | SkipOp

/** Equal to no value. */
const EMPTY = Symbol('empty')
const SKIP: SkipOp = { op: 'skip' }

interface RowList {
  readonly steps: readonly string[]
  readonly op: Op
}

/** Values of the call are written to all rows; lists of rows are parallel. */
interface SideProgram {
  readonly call: Op
  readonly callColumns: number
  readonly lists: readonly RowList[]
  readonly hasColumns: boolean
}

export class StructurePlan {
  readonly #structure: Pick<Structure, 'model' | 'version' | 'jsonTexts'>
  readonly #features: SideProgram
  readonly #predictions: SideProgram
  /** Of the last exchange. */
  misfit: Misfit | undefined

  constructor(structure: Structure) {
    const { model, version, jsonTexts } = structure
    // The rest holds values of the samples.
    this.#structure = { model, version, jsonTexts }
    this.#features = compileSide(structure.request)
    this.#predictions = compileSide(structure.response)
  }

  /** Fills the batch like `Protocol.decode`. */
  read(asked: Parsed, answered: Parsed, batch: RecordBatch): DecodeResult {
    this.misfit = undefined
    const { model, version, jsonTexts } = this.#structure
    const request = valueOf(asked, jsonTexts.request)
    const response = valueOf(answered, jsonTexts.response)
    const features = 'failure' in asked ? asked : this.#side(this.#features, request)
    const predictions = 'failure' in answered ? answered : this.#side(this.#predictions, response)
    const result = pair(batch, features, predictions)
    if (result !== undefined && 'value' in asked && 'value' in answered) this.misfit ??= 'length'
    if (model !== undefined)
      batch.model = labelText(walk(model.side === 'request' ? request : response, model.steps))
    if (version !== undefined)
      batch.version = labelText(walk(version.side === 'request' ? request : response, version.steps))
    return result
  }

  /** Whether a body has members that no sample had. It checks every name, so it does not run for every exchange. */
  hasNewMembers(asked: Parsed, answered: Parsed): boolean {
    const { jsonTexts } = this.#structure
    const request = valueOf(asked, jsonTexts.request)
    const response = valueOf(answered, jsonTexts.response)
    return hasNew(this.#features, request) || hasNew(this.#predictions, response)
  }

  #side(program: SideProgram, body: unknown): Side | undefined {
    if (!program.hasColumns) return undefined
    const { call, lists } = program
    if (!fitsRoot(call, body) && lists.length === 0) {
      this.misfit = 'kind'
      return { failure: 'shape-unknown' }
    }
    let rows = lists.length === 0 ? 1 : -1
    const found: (readonly unknown[])[] = []
    for (const { steps } of lists) {
      const list = listOf(walk(body, steps))
      if (list === undefined) {
        this.misfit = 'kind'
        return { failure: 'shape-unknown' }
      }
      if (rows >= 0 && list.length !== rows) return { failure: 'rows-unequal' }
      rows = list.length
      found.push(list)
    }
    if (rows === 0) return { failure: 'empty' }
    if (rows * program.callColumns > MAX_SHARED_CELLS) return { failure: 'too-many-rows' }
    return { rows, write: (set) => this.#writeSide(program, { body, rows, lists: found }, set) }
  }

  #writeSide(
    { call, callColumns, lists }: SideProgram,
    side: { readonly body: unknown; readonly rows: number; readonly lists: readonly (readonly unknown[])[] },
    set: ColumnSet,
  ): void {
    begin(call, set)
    for (let place = 0; place < lists.length; place += 1) begin((lists[place] as RowList).op, set)
    // Members of the call that are not columns are checked once, for their guards.
    const callRows = callColumns === 0 ? 1 : side.rows
    for (let row = 0; row < callRows; row += 1) this.#write(call, side.body, set, row)
    for (let place = 0; place < lists.length; place += 1) {
      const { op } = lists[place] as RowList
      const list = side.lists[place] as readonly unknown[]
      for (let row = 0; row < list.length; row += 1) this.#write(op, list[row], set, row)
    }
  }

  #write(op: Op, value: unknown, set: ColumnSet, row: number): void {
    if (value === undefined || value === null) return
    switch (op.op) {
      case 'cell':
        if (typeof value === 'number' && op.treatment === 'cell') (op.column as Column).setNumber(row, value)
        else this.#writeCell(op, value, row)
        return
      case 'record':
        this.#writeRecord(op, value, set, row)
        return
      case 'tuple':
        this.#writeTuple(op, value, set, row)
        return
      case 'only': {
        const list = listOf(value)
        if (list === undefined) this.misfit = 'kind'
        else if (list.length > 1) this.misfit = 'length'
        else if (list.length === 1) this.#write(op.element, list[0], set, row)
        return
      }
      case 'length': {
        const list = listOf(value)
        if (list !== undefined) (op.column as Column).setNumber(row, list.length)
        else if (isRecord(value)) (op.column as Column).setNumber(row, Object.keys(value).length)
        else this.misfit = 'kind'
        return
      }
      case 'wide':
        if (Array.isArray(value)) writeArraySummary(set, row, op.name, value)
        else this.misfit = 'kind'
        return
      case 'guard':
        if (op.value === FIRST_SEEN) op.value = value
        else if (value !== op.value) this.misfit = 'constant'
        return
      case 'skip':
    }
  }

  #writeRecord({ keys, ops, scores, labels }: RecordOp, value: unknown, set: ColumnSet, row: number): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.misfit = 'kind'
      return
    }
    const record = value as Readonly<Record<string, unknown>>
    for (let place = 0; place < keys.length; place += 1)
      this.#write(ops[place] as Op, record[keys[place] as string], set, row)
    if (scores === undefined) return
    const values = labels.map((label) => record[label])
    const range = { values, from: 0, to: values.length }
    if (isDistribution(range)) writeClass(set, row, scores, { ...range, labels })
  }

  #writeTuple({ ops, scores, labels }: TupleOp, value: unknown, set: ColumnSet, row: number): void {
    const list = listOf(value)
    if (list === undefined || list.length !== ops.length) {
      this.misfit = list === undefined ? 'kind' : 'length'
      return
    }
    for (let place = 0; place < ops.length; place += 1) this.#write(ops[place] as Op, list[place], set, row)
    if (scores === undefined) return
    const range = { values: list, from: 0, to: list.length }
    if (isDistribution(range))
      writeClass(set, row, scores, labels === undefined ? range : { ...range, labels })
  }

  #writeCell({ column, words, treatment }: CellOp, value: unknown, row: number): void {
    const cell = column as Column
    if (typeof value === 'object' && !(value instanceof Binary) && !(value instanceof Uint8Array)) {
      this.misfit = 'kind'
      cell.setOther(row)
      return
    }
    switch (treatment) {
      case 'text':
        if (typeof value !== 'string') cell.setOther(row)
        else {
          cell.setNumber(row, countCodePoints(value))
          words?.setNumber(row, countWords(value))
        }
        return
      case 'number':
        if (isNumberText(value)) cell.setNumber(row, Number(value))
        else writeCell(cell, row, value)
        return
      case 'quantity': {
        const number = quantityOf(value)
        if (Number.isNaN(number)) writeCell(cell, row, value)
        else cell.setNumber(row, number)
        return
      }
      case 'id':
        if (typeof value === 'number') cell.setText(row, String(value))
        else writeCell(cell, row, value)
        return
      case 'base64':
        if (typeof value === 'string') cell.setNumber(row, base64Bytes(value))
        else cell.setOther(row)
        return
      case 'binary':
        if (value instanceof Binary) cell.setNumber(row, value.bytes)
        else if (value instanceof Uint8Array) cell.setNumber(row, value.length)
        else cell.setOther(row)
        return
      case 'cell':
        if (isFreeText(value)) {
          this.misfit = 'text'
          cell.setOther(row)
        } else writeCell(cell, row, value)
    }
  }
}

function valueOf(parsed: Parsed, jsonTexts: readonly Steps[]): unknown {
  if ('failure' in parsed) return undefined
  return jsonTexts.length === 0 ? parsed.value : readJsonTexts(parsed.value, jsonTexts)
}

/** Looks up the columns in the order of the structure, so that an absent member is a missing value. */
function begin(op: Op, set: ColumnSet): void {
  if (op.op === 'cell' || op.op === 'length') op.column = set.column(columnName(op))
  if (op.op === 'cell' && op.treatment === 'text') op.words = set.column(`${op.name}_words`)
  else if (op.op === 'record' || op.op === 'tuple')
    for (let place = 0; place < op.ops.length; place += 1) begin(op.ops[place] as Op, set)
  else if (op.op === 'only') begin(op.element, set)
}

function columnName(op: CellOp | LengthOp): string {
  if (op.op === 'length') return op.name
  if (op.treatment === 'text') return `${op.name}_chars`
  return op.treatment === 'base64' || op.treatment === 'binary' ? `${op.name}_bytes` : op.name
}

/** An error sent with status 200 has none of the members. */
function fitsRoot(op: Op, body: unknown): boolean {
  if (op.op === 'record') {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return false
    return op.keys.some((key, place) => isColumnOp(op.ops[place] as Op) && Object.hasOwn(body, key))
  }
  if (op.op === 'tuple' || op.op === 'only') return listOf(body) !== undefined
  return true
}

function isColumnOp(op: Op): boolean {
  return op.op !== 'skip' && op.op !== 'guard'
}

function hasNew({ call, lists }: SideProgram, body: unknown): boolean {
  return (
    isNewIn(call, body) ||
    lists.some(({ steps, op }) => listOf(walk(body, steps))?.some((row) => isNewIn(op, row)))
  )
}

function isNewIn(op: Op, value: unknown): boolean {
  if (op.op === 'record') {
    if (!isRecord(value)) return false
    for (const key of Object.keys(value)) if (!op.known.has(key) && key.length <= LONGEST_NAME) return true
    return op.keys.some((key, place) => isNewIn(op.ops[place] as Op, value[key]))
  }
  if (op.op === 'only') return isNewIn(op.element, listOf(value)?.[0])
  if (op.op === 'tuple')
    return listOf(value)?.some((element, place) => isNewIn(op.ops[place] ?? SKIP, element)) ?? false
  return false
}

function labelText(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

function compileSide(root: Node): SideProgram {
  const lists: RowList[] = []
  const collect = (node: Node): Op => {
    if (node.kind !== 'rows') return compile(node, collect)
    lists.push({ steps: node.steps, op: compile(node.element, collect) })
    return SKIP
  }
  const call = collect(root)
  const keptLists = lists.filter(({ op }) => countColumns(op) > 0)
  const callColumns = countColumns(call)
  return { call, callColumns, lists: keptLists, hasColumns: callColumns + keptLists.length > 0 }
}

function compile(node: Node, child: (node: Node) => Op): Op {
  switch (node.kind) {
    case 'leaf':
      return compileLeaf(node)
    case 'record':
      return compileRecord(node, child)
    case 'tuple': {
      if (!isKept(node)) return SKIP
      const { scores, labels } = node
      return { op: 'tuple', ops: node.elements.map(child), scores, labels }
    }
    case 'only':
      return { op: 'only', element: child(node.element) }
    case 'length':
      return node.leftOut === undefined ? { op: 'length', name: node.name, column: undefined } : SKIP
    case 'wide':
      return { op: 'wide', name: node.name }
    default:
      return SKIP
  }
}

function compileLeaf({ name, treatment, leftOut, guard }: Leaf): Op {
  if (leftOut === undefined) return { op: 'cell', name, treatment, column: undefined, words: undefined }
  if (leftOut === 'empty') return { op: 'guard', value: EMPTY }
  return guard === undefined ? SKIP : { op: 'guard', value: guard }
}

function compileRecord(node: Extract<Node, { kind: 'record' }>, child: (node: Node) => Op): Op {
  const keys: string[] = []
  const ops: Op[] = []
  for (const [key, member] of node.members) {
    const op = child(member)
    if (op.op === 'skip' || (op.op === 'only' && op.element.op === 'skip')) continue
    keys.push(key)
    ops.push(op)
  }
  const isAll = [...node.members.values()].every(isKept)
  const scores = isAll ? node.scores : undefined
  return {
    op: 'record',
    keys,
    ops,
    known: new Set(node.members.keys()),
    scores,
    labels: [...node.members.keys()],
  }
}

function countColumns(op: Op): number {
  if (op.op === 'cell' || op.op === 'length' || op.op === 'wide') return 1
  if (op.op === 'record' || op.op === 'tuple')
    return op.ops.reduce((sum, each) => sum + countColumns(each), 0)
  return op.op === 'only' ? countColumns(op.element) : 0
}
