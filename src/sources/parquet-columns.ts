/** Types of Parquet columns from the schema and pandas' metadata, and the conversion of their values to cells. */
import { type FileMetaData, type ParquetParsers, parquetSchema, type SchemaElement } from 'hyparquet'
import { type JsonObject, objectOf } from '../formats/json-value.ts'
import type { Column } from '../records/record-batch.ts'

export interface ParquetColumn {
  readonly name: string
  /** A list, a map or a structure. */
  readonly isNested: boolean
  readonly isIndex: boolean
  /** For people. */
  readonly note: string | undefined
  /** @param value neither null nor undefined */
  readonly write: (column: Column, row: number, value: unknown) => void
}

/** Instants as texts, as in CSV and JSON: `2024-01-02`, or with a time if there is one. */
export const PARQUET_PARSERS = {
  timestampFromMilliseconds: (millis: bigint) => instantText(Number(millis)),
  timestampFromMicroseconds: (micros: bigint) => instantText(Number(micros / 1_000n)),
  timestampFromNanoseconds: (nanos: bigint) => instantText(Number(nanos / 1_000_000n)),
  dateFromDays: (days: number) => instantText(days * DAY_MS),
} as unknown as ParquetParsers

const DAY_MS = 86_400_000
const LAST_INSTANT_MS = 8.64e15

function instantText(epochMs: number): string | undefined {
  // pandas' "not a time" is outside the range of a date.
  if (!(Math.abs(epochMs) <= LAST_INSTANT_MS)) return undefined
  const text = new Date(epochMs).toISOString()
  return epochMs % DAY_MS === 0 ? text.slice(0, 'yyyy-mm-dd'.length) : text
}

type SchemaTree = ReturnType<typeof parquetSchema>

export function parquetColumns(metadata: FileMetaData): ReadonlyMap<string, ParquetColumn> {
  const pandas = pandasMetadata(metadata)
  const indexes = indexNames(pandas)
  return new Map(
    parquetSchema(metadata).children.map((tree) => {
      const { name } = tree.element
      const isNested = tree.children.length > 0 || tree.element.repetition_type === 'REPEATED'
      const column: ParquetColumn = {
        name,
        isNested,
        isIndex: indexes.has(name),
        note: isNested ? nestedNote(tree) : undefined,
        write: writerOf(tree.element, durationUnit(pandas, name)),
      }
      return [name, column]
    }),
  )
}

function nestedNote({ element, children }: SchemaTree): string {
  const kind = element.converted_type ?? element.logical_type?.type
  if (kind === 'LIST' || element.repetition_type === 'REPEATED')
    return 'a list; lists of one length are read as numbered columns, as in JSON'
  if (kind === 'MAP') return 'a map; its keys are read as columns, as in JSON'
  const names = children.map((child) => child.element.name)
  return `a structure of ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}; read as columns with dotted names, as in JSON`
}

function pandasMetadata({ key_value_metadata: pairs }: FileMetaData): JsonObject | undefined {
  const text = pairs?.find(({ key }) => key === 'pandas')?.value
  if (text === undefined) return undefined
  try {
    return objectOf({ value: JSON.parse(text) as unknown })
  } catch {
    return undefined
  }
}

/** A range index is not a column; other indexes are named, a nameless one `__index_level_0__`. */
function indexNames(pandas: JsonObject | undefined): ReadonlySet<string> {
  const columns: unknown = pandas?.['index_columns']
  const names = Array.isArray(columns) ? columns.filter((name) => typeof name === 'string') : []
  return new Set(names)
}

const NANOSECONDS_PER: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 }

/** The unit of a time-difference column, which is stored as integers; `undefined` for other columns. */
function durationUnit(pandas: JsonObject | undefined, name: string): number | undefined {
  const columns: unknown = pandas?.['columns']
  if (!Array.isArray(columns)) return undefined
  const column = columns
    .map((entry) => objectOf({ value: entry as unknown }))
    .find((entry) => entry?.['field_name'] === name)
  const unit = /^timedelta64\[(\w+)\]$/.exec(String(column?.['numpy_type']))?.[1]
  return unit === undefined ? undefined : NANOSECONDS_PER[unit]
}

function writerOf(element: SchemaElement, nanoseconds: number | undefined): ParquetColumn['write'] {
  const { converted_type: converted, logical_type: logical } = element
  if (nanoseconds !== undefined)
    return (column, row, value) => column.setNumber(row, (Number(value) * nanoseconds) / 1e6)
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') {
    const factor = 10 ** (element.scale ?? 0)
    // The library multiplies by 0.1, which turns 7 into 0.7000000000000001.
    return (column, row, value) => column.setNumber(row, Math.round(Number(value) * factor) / factor)
  }
  const secondsUnit = timeUnit(element)
  if (secondsUnit !== undefined)
    return (column, row, value) => column.setText(row, timeText(Number(value) / secondsUnit))
  const isUnsigned =
    converted === 'UINT_64' || (logical?.type === 'INTEGER' && logical.bitWidth === 64 && !logical.isSigned)
  return (column, row, value) =>
    writeValue(column, row, isUnsigned && typeof value === 'bigint' ? BigInt.asUintN(64, value) : value)
}

/** Units per second of a time-of-day column; `undefined` for other columns. */
function timeUnit({ converted_type: converted, logical_type: logical }: SchemaElement): number | undefined {
  if (logical?.type === 'TIME') return { MILLIS: 1e3, MICROS: 1e6, NANOS: 1e9 }[logical.unit]
  if (converted === 'TIME_MILLIS') return 1e3
  return converted === 'TIME_MICROS' ? 1e6 : undefined
}

/** In the format of pandas and JSON. */
function timeText(seconds: number): string {
  const whole = Math.floor(seconds)
  const part = (value: number): string => String(value).padStart(2, '0')
  const micros = Math.round((seconds - whole) * 1e6)
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0')}`
  return `${part(Math.floor(whole / 3_600))}:${part(Math.floor(whole / 60) % 60)}:${part(whole % 60)}${fraction}`
}

function writeValue(column: Column, row: number, value: unknown): void {
  switch (typeof value) {
    case 'number':
      column.setNumber(row, value)
      break
    case 'string':
      column.setText(row, value)
      break
    case 'boolean':
      column.setBoolean(row, value)
      break
    case 'bigint':
      if (Number.isSafeInteger(Number(value))) column.setNumber(row, Number(value))
      else column.setText(row, String(value))
      break
    default:
      column.setOther(row)
  }
}

/** A value of a list or a structure in its JSON form. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (ArrayBuffer.isView(value) && !(value instanceof Uint8Array))
    return Array.from(value as Float64Array, plainValue)
  if (Array.isArray(value)) return value.map(plainValue)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plainValue(member)]))
}
