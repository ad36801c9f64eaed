/** Rows with columns that are no features: ids, a long tail, time stamps and free text, beside two that are. No drift. */
import { normalSource, randomSource } from '../../test/support/rows.ts'
import type { Table, TableColumn } from './table.ts'

const START_MS = Date.UTC(2024, 0, 1)
const SHOPS = 10_000
const WORDS = 'river market quiet engine yellow walks under seven bright letters'.split(' ')

/** One row every `everyMs`, with the values that it would have in requests of an API of orders. */
export function oddColumns({ rows, everyMs }: { readonly rows: number; readonly everyMs: number }): Table {
  const random = randomSource(11)
  const normal = normalSource(random)
  const epochMs = Float64Array.from({ length: rows }, (_, row) => START_MS + row * everyMs)
  const at = (row: number): number => epochMs[row] as number
  const sentence = (): string => Array.from({ length: 8 }, () => WORDS[Math.floor(10 * random())]).join(' ')
  return {
    rows,
    epochMs,
    columns: [
      numbers('age', rows, () => Math.round(42 + 11 * normal())),
      texts('plan', rows, () => (random() < 0.7 ? 'basic' : 'pro')),
      // Zipf with exponent 1: the product of a uniform number and the range, on a logarithmic scale.
      texts('shop', rows, () => `shop${Math.floor(SHOPS ** random())}`),
      texts('order_id', rows, (row) => `${row.toString(16)}-${Math.floor(1e12 * random()).toString(16)}`),
      texts('email', rows, () => `p${Math.floor(1e9 * random())}@mail.example`),
      numbers('account_no', rows, (row) => 1_000_000 + row),
      texts('created', rows, (row) => new Date(at(row) - 5_000 * random()).toISOString()),
      numbers('sent', rows, (row) => Math.floor(at(row) - 5_000 * random())),
      texts('note', rows, sentence),
    ],
  }
}

/** Half a standard deviation more in one feature, from now on. */
export function olderBy(table: Table, years: number): Table {
  return {
    ...table,
    columns: table.columns.map((column) =>
      column.name === 'age' ? { ...column, numbers: column.numbers.map((value) => value + years) } : column,
    ),
  }
}

function numbers(name: string, rows: number, make: (row: number) => number): TableColumn {
  return {
    name,
    numbers: Float64Array.from({ length: rows }, (_, row) => make(row)),
    codes: new Int32Array(rows).fill(-1),
    texts: [],
  }
}

function texts(name: string, rows: number, make: (row: number) => string): TableColumn {
  const known = new Map<string, number>()
  const codes = Int32Array.from({ length: rows }, (_, row) => {
    const text = make(row)
    const code = known.get(text) ?? known.size
    known.set(text, code)
    return code
  })
  return { name, numbers: new Float64Array(rows).fill(Number.NaN), codes, texts: [...known.keys()] }
}
