/** Rows in other orders: shuffled, drawn one by one, in batches of equal rows. */
import { randomSource } from '../../test/support/rows.ts'
import { pick, type Table } from './table.ts'

const START_MS = Date.UTC(2024, 0, 1)

export function shuffled(table: Table, random = randomSource(1)): Table {
  const places = Int32Array.from({ length: table.rows }, (_, i) => i)
  for (let i = places.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1))
    const place = places[i] as number
    places[i] = places[j] as number
    places[j] = place
  }
  return pick(table, places, table.epochMs)
}

/** Rows drawn at random, at equal distances of time. */
export function independent(table: Table, rows: number, everyMs: number, random = randomSource(2)): Table {
  const places = Int32Array.from({ length: rows }, () => Math.floor(random() * table.rows))
  return pick(
    table,
    places,
    Float64Array.from(places, (_, i) => START_MS + i * everyMs),
  )
}

/** One drawn row many times at a moment. */
export function batches(
  table: Table,
  { rows, days, everyMs }: { readonly rows: number; readonly days: number; readonly everyMs: number },
  random = randomSource(3),
): Table {
  const count = Math.floor((days * 86_400_000) / everyMs)
  const places = new Int32Array(count * rows)
  for (let batch = 0; batch < count; batch += 1)
    places.fill(Math.floor(random() * table.rows), batch * rows, (batch + 1) * rows)
  return pick(
    table,
    places,
    Float64Array.from(places, (_, i) => START_MS + Math.floor(i / rows) * everyMs),
  )
}
