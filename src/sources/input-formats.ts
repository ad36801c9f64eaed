/** The formats of input files by extension: one registry for every command that reads a file. */
import { statSync } from 'node:fs'
import { ModeltapError } from '../errors.ts'
import { openCsv } from './csv.ts'
import { unreadable } from './input-errors.ts'
import { formatOf } from './input-file.ts'
import { openParquet } from './parquet.ts'
import type { Table, TableOptions } from './table.ts'

export type InputFormat =
  | { readonly kind: 'lines' }
  /** A recording of packets: traffic, not rows. */
  | { readonly kind: 'packets' }
  | { readonly kind: 'table'; readonly open: (file: string, options: TableOptions) => Promise<Table> }

/** Text formats may have an additional `.gz`. */
export const inputFormats = {
  csv: { kind: 'table', open: openCsv },
  tsv: { kind: 'table', open: openCsv },
  jsonl: { kind: 'lines' },
  ndjson: { kind: 'lines' },
  parquet: { kind: 'table', open: openParquet },
  pcap: { kind: 'packets' },
  pcapng: { kind: 'packets' },
} as const satisfies Readonly<Record<string, InputFormat>>

/**
 * Checks the name and the file type without opening it.
 *
 * @throws ModeltapError INPUT_UNREADABLE or INPUT_INVALID
 */
export function inputFormatOf(file: string): InputFormat {
  let isFile: boolean
  try {
    isFile = !statSync(file).isDirectory()
  } catch (error) {
    throw unreadable(file, error)
  }
  const ending = formatOf(file)
  const endings = Object.keys(inputFormats).map((name) => `.${name}`)
  if (!isFile) {
    throw new ModeltapError('INPUT_INVALID', {
      message: `${file} is a folder`,
      hint: `Give one file, with one of the endings ${endings.join(', ')}; baselines of several files are joined by \`modeltap baseline merge\`.`,
    })
  }
  if (Object.hasOwn(inputFormats, ending)) return inputFormats[ending as keyof typeof inputFormats]
  const said = ending === '' ? 'no ending' : `the ending ".${ending}"`
  throw new ModeltapError('INPUT_INVALID', {
    message: `${file} has ${said}, which is not a known format`,
    hint: `Allowed are ${endings.join(', ')}; texts and packets also with .gz. JSON is read with one object a line, as .jsonl.`,
  })
}
