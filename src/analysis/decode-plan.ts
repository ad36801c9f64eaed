// HOT: per value
/**
 * Repeats a decoding without looking at names: the first call of which both bodies have a known shape is decoded as
 * always, and where each cell came from is written down; the calls of the same two shapes that follow are copied from
 * slots to cells. Names, nesting and the order of columns cannot differ, because they are the shape.
 *
 * What a protocol did with the other slots nobody knows, so they have to be the same again, such as a signature's name;
 * and there is a plan only where every cell was traced, that is, where no value decides what becomes of it. All else is
 * decoded as always.
 */
import type { Call } from '../calls/call.ts'
import type { DecodeResult } from '../formats/failure.ts'
import { JsonShape, SCALAR } from '../formats/json-shape.ts'
import { getOrAdd } from '../lib/get-or-add.ts'
import type { Protocol } from '../protocols/protocol.ts'
import { writeCell } from '../records/cell.ts'
import { cellNumber } from '../records/cell-number.ts'
import { isFreeText } from '../records/free-text.ts'
import { CELL, type Column, type ColumnSet, type RecordBatch } from '../records/record-batch.ts'
import { type CellTrace, traceCells } from '../records/rows.ts'

/** Pairs of shapes that are remembered, plan or not. */
const MOST_PLANS = 16

/** A cell's row and the slot that it is copied from. */
interface Copy {
  readonly row: number
  readonly slot: number
}

interface PlannedColumn {
  readonly name: string
  readonly copies: readonly Copy[]
}

/** A slot that is in no cell, as it was. */
interface Fixed {
  readonly shape: JsonShape
  readonly slot: number
  readonly tag: number
  readonly number: number
  readonly text: string
}

interface Plan {
  readonly rows: number
  readonly features: readonly PlannedColumn[]
  readonly predictions: readonly PlannedColumn[]
  readonly fixed: readonly Fixed[]
}

interface Known {
  readonly protocol: Protocol
  readonly request: JsonShape
  readonly response: JsonShape
  /** Undefined when what was decoded cannot be repeated. */
  readonly plan: Plan | undefined
}

export class DecodePlans {
  /** The oldest first. */
  readonly #known: Known[] = []

  /** As `protocol.decode`. */
  decode(protocol: Protocol, call: Call, batch: RecordBatch): DecodeResult {
    if (protocol.decodesOnlyJson !== true) return protocol.decode(call, batch)
    const request = call.requestJson()
    const response = call.responseJson()
    if (!(request instanceof JsonShape) || !(response instanceof JsonShape))
      return protocol.decode(call, batch)
    const known = this.#find(protocol, request, response)
    if (known === undefined) return this.#learn({ protocol, request, response }, call, batch)
    if (known.plan !== undefined && repeat(known.plan, request, response, batch)) return undefined
    return protocol.decode(call, batch)
  }

  #find(protocol: Protocol, request: JsonShape, response: JsonShape): Known | undefined {
    for (const known of this.#known) {
      if (known.request === request && known.response === response && known.protocol === protocol)
        return known
    }
    return undefined
  }

  #learn(pair: Omit<Known, 'plan'>, call: Call, batch: RecordBatch): DecodeResult {
    const { protocol, request, response } = pair
    const tracer = new Tracer(request, response)
    const result = traceCells(tracer, () => protocol.decode(call, batch))
    if (this.#known.length === MOST_PLANS) this.#known.shift()
    this.#known.push({ ...pair, plan: result === undefined ? tracer.plan(batch) : undefined })
    return result
  }
}

interface Origin {
  readonly shape: JsonShape
  readonly slot: number
}

class Tracer implements CellTrace {
  readonly #request: JsonShape
  readonly #response: JsonShape
  /** By object or array of the values, and by key. */
  readonly #members = new Map<object, Map<string | number, Origin>>()
  /** By column and row. */
  readonly #origins = new Map<Column, Map<number, Origin>>()
  #isRefused = false

  constructor(request: JsonShape, response: JsonShape) {
    this.#request = request
    this.#response = response
    for (const shape of [request, response]) {
      for (const [slot, { holder, key }] of shape.slots.entries())
        getOrAdd(this.#members, holder, () => new Map()).set(key, { shape, slot })
    }
  }

  readonly cell = (column: Column, row: number, holder: object, key: string | number): void => {
    const origin = this.#members.get(holder)?.get(key)
    if (origin === undefined) this.refuse()
    else getOrAdd(this.#origins, column, () => new Map()).set(row, origin)
  }

  readonly refuse = (): void => {
    this.#isRefused = true
  }

  plan({ rows, model, version, features, predictions }: RecordBatch): Plan | undefined {
    const ofFeatures = this.#columns(features, rows, this.#request)
    const ofPredictions = this.#columns(predictions, rows, this.#response)
    if (this.#isRefused || model !== '' || version !== '') return undefined
    const fixed = [...unused(this.#request, ofFeatures), ...unused(this.#response, ofPredictions)]
    return { rows, features: ofFeatures, predictions: ofPredictions, fixed }
  }

  /** Refuses unless each cell is what a slot of that side's body says. */
  #columns(set: ColumnSet, rows: number, shape: JsonShape): PlannedColumn[] {
    if (set.droppedColumns > 0 || set.vectors.length > 0) this.refuse()
    return set.columns.map((column) => {
      const origins = this.#origins.get(column)
      const copies: Copy[] = []
      for (let row = 0; row < rows; row += 1) {
        const origin = origins?.get(row)
        if (origin?.shape === shape) copies.push({ row, slot: origin.slot })
        else if (origin !== undefined || column.tags[row] !== CELL.MISSING) this.refuse()
      }
      return { name: column.name, copies }
    })
  }
}

function unused(shape: JsonShape, columns: readonly PlannedColumn[]): Fixed[] {
  const used = new Set(columns.flatMap(({ copies }) => copies.map(({ slot }) => slot)))
  return [...shape.tags.keys()]
    .filter((slot) => !used.has(slot))
    .map((slot) => ({
      shape,
      slot,
      tag: shape.tags[slot] as number,
      number: shape.numbers[slot] as number,
      text: shape.texts[slot] as string,
    }))
}

/** False when the batch has to be decoded as always; it is begun anew then. */
function repeat(plan: Plan, request: JsonShape, response: JsonShape, batch: RecordBatch): boolean {
  for (const { shape, slot, tag, number, text } of plan.fixed) {
    if (shape.tags[slot] !== tag) return false
    if (
      tag === SCALAR.TEXT ? shape.texts[slot] !== text : tag !== SCALAR.NULL && shape.numbers[slot] !== number
    )
      return false
  }
  batch.begin(plan.rows)
  return copy(plan.features, request, batch.features) && copy(plan.predictions, response, batch.predictions)
}

function copy(
  columns: readonly PlannedColumn[],
  { tags, numbers, texts }: JsonShape,
  set: ColumnSet,
): boolean {
  // By index: iterators would be most of the garbage of a call.
  for (let place = 0; place < columns.length; place += 1) {
    const { name, copies } = columns[place] as PlannedColumn
    const column = set.column(name)
    for (let each = 0; each < copies.length; each += 1) {
      const { row, slot } = copies[each] as Copy
      const tag = tags[slot]
      if (tag === SCALAR.NUMBER) {
        // From array to array: as an argument each number would be an object of its own, half the garbage of a call.
        column.tags[row] = CELL.NUMBER
        column.numbers[row] = cellNumber(numbers[slot] as number)
      } else if (tag === SCALAR.BOOLEAN) column.setBoolean(row, numbers[slot] === 1)
      else if (tag === SCALAR.TEXT) {
        const text = texts[slot] as string
        if (isFreeText(text)) return false
        writeCell(column, row, text)
      }
    }
  }
  return true
}
