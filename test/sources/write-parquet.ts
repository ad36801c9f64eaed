/** Rows of JSON values as a Parquet file, by a library that we did not write; null where a row lacks a column. */
import { parquetWriteBuffer } from 'hyparquet-writer'

type Cell = string | number | boolean | null

export function writeParquet(rows: readonly Readonly<Record<string, Cell>>[]): Uint8Array {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const columnData = names.map((name) => {
    const data = rows.map((row) => row[name] ?? null)
    return { name, data, type: typeOf(data), nullable: true }
  })
  return new Uint8Array(parquetWriteBuffer({ columnData }))
}

function typeOf(cells: readonly Cell[]): 'BOOLEAN' | 'DOUBLE' | 'STRING' {
  const [first] = cells.filter((cell) => cell !== null)
  if (typeof first === 'number') return 'DOUBLE'
  return typeof first === 'boolean' ? 'BOOLEAN' : 'STRING'
}
