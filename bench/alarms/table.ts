/** Rows of a file in memory, column by column, so that a month of them is replayed in seconds. */
import type { RecordBatch } from '../../src/records/record-batch.ts'
import { CELL } from '../../src/records/record-batch.ts'
import { readRows } from '../../src/sources/rows.ts'

export interface TableColumn {
  readonly name: string
  /** NaN where missing or a text. */
  readonly numbers: Float64Array
  /** Places in `texts`, −1 where missing or a number. */
  readonly codes: Int32Array
  readonly texts: string[]
}

export interface Table {
  readonly rows: number
  /** Of each row. */
  readonly epochMs: Float64Array
  readonly columns: readonly TableColumn[]
}

const TIME = 'at'

/** @param mostRows of the file's beginning */
export async function loadTable(file: string, mostRows = Infinity): Promise<Table> {
  const builders = new Map<string, { numbers: number[]; codes: number[]; texts: Map<string, number> }>()
  const time: number[] = []
  let before = 0
  for await (const batch of readRows(file, { maxColumns: 300 })) {
    for (const column of batch.features.columns) {
      const isTime = column.name === TIME
      const builder = builders.get(column.name) ?? {
        numbers: [],
        codes: [],
        texts: new Map<string, number>(),
      }
      if (!isTime) builders.set(column.name, builder)
      pad(builder, before)
      for (let row = 0; row < batch.rows; row += 1) {
        const tag = column.tags[row]
        if (isTime) {
          time.push(Date.parse(column.texts[row] ?? ''))
          continue
        }
        const text =
          tag === CELL.TEXT
            ? (column.texts[row] ?? '')
            : tag === CELL.BOOLEAN
              ? String(column.numbers[row] === 1)
              : undefined
        builder.numbers.push(tag === CELL.NUMBER ? (column.numbers[row] as number) : Number.NaN)
        if (text === undefined) builder.codes.push(-1)
        else {
          const code = builder.texts.get(text) ?? builder.texts.size
          builder.texts.set(text, code)
          builder.codes.push(code)
        }
      }
    }
    before += batch.rows
    for (const builder of builders.values()) pad(builder, before)
    if (before >= mostRows) break
  }
  return {
    rows: time.length,
    epochMs: Float64Array.from(time),
    columns: [...builders].map(([name, { numbers, codes, texts }]) => ({
      name,
      numbers: Float64Array.from(numbers),
      codes: Int32Array.from(codes),
      texts: [...texts.keys()],
    })),
  }
}

/** A column that a batch lacks has no value in its rows. */
function pad(
  { numbers, codes }: { readonly numbers: number[]; readonly codes: number[] },
  rows: number,
): void {
  while (codes.length < rows) {
    numbers.push(Number.NaN)
    codes.push(-1)
  }
}

/** The rows of those places, at those times. */
export function pick(table: Table, places: Uint32Array | Int32Array, epochMs: Float64Array): Table {
  return {
    rows: places.length,
    epochMs,
    columns: table.columns.map((column) => ({
      ...column,
      numbers: Float64Array.from(places, (place) => column.numbers[place] as number),
      codes: Int32Array.from(places, (place) => column.codes[place] as number),
    })),
  }
}

/** Rows from one time up to another. */
export function between(table: Table, fromMs: number, toMs: number): Table {
  const from = firstAt(table.epochMs, fromMs)
  const to = firstAt(table.epochMs, toMs)
  return {
    rows: to - from,
    epochMs: table.epochMs.subarray(from, to),
    columns: table.columns.map((column) => ({
      ...column,
      numbers: column.numbers.subarray(from, to),
      codes: column.codes.subarray(from, to),
    })),
  }
}

function firstAt(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Fills a batch with the rows [from, to). */
export function fillBatch(batch: RecordBatch, { columns }: Table, from: number, to: number): void {
  batch.begin(to - from)
  for (const { name, numbers, codes, texts } of columns) {
    const column = batch.features.column(name)
    for (let row = from; row < to; row += 1) {
      const number = numbers[row] as number
      const code = codes[row] as number
      if (code >= 0) column.setText(row - from, texts[code] as string)
      else if (!Number.isNaN(number)) column.setNumber(row - from, number)
    }
  }
}
