/** Writes the rows of a case as CSV, so that other programs are asked about the same ones: `peers.py`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FURTHER, NINE } from './faults.ts'
import { between, type Table } from './table.ts'

const DAY_MS = 86_400_000

export interface WrittenCase {
  readonly base: Table
  readonly live: Table
  /** All rows; the day with a fault is taken from them. */
  readonly table: Table
  readonly faultFromMs: number
}

export function writeCase(folder: string, { base, live, table, faultFromMs }: WrittenCase): void {
  mkdirSync(folder, { recursive: true })
  const write = (name: string, rows: Table): void => writeFileSync(join(folder, `${name}.csv`), csvOf(rows))
  write('base', base)
  write('live', live)
  const faults = [...NINE, ...FURTHER].map(({ name, column, apply }, i) => {
    write(`fault-${i}`, apply(between(table, faultFromMs, faultFromMs + DAY_MS)))
    return { name, column, file: `fault-${i}.csv` }
  })
  writeFileSync(join(folder, 'faults.json'), JSON.stringify(faults))
}

function csvOf({ rows, epochMs, columns }: Table): string {
  const lines = [['at', ...columns.map(({ name }) => name)].join(',')]
  for (let row = 0; row < rows; row += 1) {
    const cells = columns.map(({ numbers, codes, texts }) => {
      const code = codes[row] as number
      if (code >= 0) return JSON.stringify(texts[code])
      const number = numbers[row] as number
      return Number.isNaN(number) ? '' : String(number)
    })
    lines.push([new Date(epochMs[row] as number).toISOString(), ...cells].join(','))
  }
  return `${lines.join('\n')}\n`
}
