/** What goes wrong with columns. Each changes a copy of the rows from its beginning on. */
import type { Table, TableColumn } from './table.ts'

export interface Fault {
  readonly name: string
  /** The column in which it has to be found. */
  readonly column: string
  readonly apply: (table: Table) => Table
}

function change(table: Table, name: string, make: (column: TableColumn) => TableColumn): Table {
  return { ...table, columns: table.columns.map((column) => (column.name === name ? make(column) : column)) }
}

const mapNumbers =
  (name: string, map: (value: number, row: number) => number) =>
  (table: Table): Table =>
    change(table, name, (column) => ({
      ...column,
      numbers: column.numbers.map((value, row) => (Number.isNaN(value) ? value : map(value, row))),
    }))

const mapTexts =
  (name: string, map: (text: string) => string) =>
  (table: Table): Table =>
    change(table, name, (column) => ({ ...column, texts: column.texts.map(map) }))

/** Without a number and without a text where the row is chosen. */
const lose =
  (name: string, share: number) =>
  (table: Table): Table =>
    change(table, name, (column) => {
      const isLost = chosen(share)
      return {
        ...column,
        numbers: column.numbers.map((value, row) => (isLost(row) ? Number.NaN : value)),
        codes: column.codes.map((code, row) => (isLost(row) ? -1 : code)),
      }
    })

/** A fixed share of the rows, spread evenly. */
const chosen =
  (share: number) =>
  (row: number): boolean =>
    (row * 0.618_033_988_75) % 1 < share

function standardDeviation({ numbers }: TableColumn): number {
  const values = numbers.filter((value) => !Number.isNaN(value))
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

const columnOf = ({ columns }: Table, name: string): TableColumn =>
  columns.find((column) => column.name === name) as TableColumn

/** The nine of the published comparison. */
export const NINE: readonly Fault[] = [
  {
    name: 'carrier in lower case',
    column: 'carrier',
    apply: mapTexts('carrier', (text) => text.toLowerCase()),
  },
  { name: 'distance in km', column: 'distance', apply: mapNumbers('distance', (value) => value * 1.609) },
  { name: 'dep_delay stuck', column: 'dep_delay', apply: mapNumbers('dep_delay', () => -3) },
  { name: 'hour + 4', column: 'hour', apply: mapNumbers('hour', (value) => (value + 4) % 24) },
  {
    name: 'a carrier renamed',
    column: 'carrier',
    apply: mapTexts('carrier', (text) => (text === 'DL' ? 'DAL' : text)),
  },
  { name: 'temp in Celsius', column: 'temp', apply: mapNumbers('temp', (value) => ((value - 32) * 5) / 9) },
  {
    name: 'distance + 0.5 sd',
    column: 'distance',
    apply: (table) => {
      const shift = 0.5 * standardDeviation(columnOf(table, 'distance'))
      return mapNumbers('distance', (value) => value + shift)(table)
    },
  },
  { name: 'pressure missing', column: 'pressure', apply: lose('pressure', 1) },
  {
    name: 'a new segment of 5 %',
    column: 'dest',
    apply: (table) =>
      change(table, 'dest', (column) => {
        const isNew = chosen(0.05)
        const code = column.texts.length
        return {
          ...column,
          texts: [...column.texts, 'NEW'],
          codes: column.codes.map((known, row) => (isNew(row) ? code : known)),
        }
      }),
  },
]

/** Others that happen. */
export const FURTHER: readonly Fault[] = [
  {
    name: 'two carriers merged',
    column: 'carrier',
    apply: mapTexts('carrier', (text) => (text === 'DL' ? 'UA' : text)),
  },
  {
    name: 'sentinel −999 in 3 %',
    column: 'dep_delay',
    apply: (table) => {
      const isLost = chosen(0.03)
      return mapNumbers('dep_delay', (value, row) => (isLost(row) ? -999 : value))(table)
    },
  },
  {
    name: 'temp and humid swapped',
    column: 'temp',
    apply: (table) => {
      const [temp, humid] = [columnOf(table, 'temp'), columnOf(table, 'humid')]
      return change(
        change(table, 'temp', () => ({ ...humid, name: 'temp' })),
        'humid',
        () => ({ ...temp, name: 'humid' }),
      )
    },
  },
  {
    name: 'distance clipped at 1,000',
    column: 'distance',
    apply: mapNumbers('distance', (value) => Math.min(value, 1_000)),
  },
  { name: '5 % of origin missing', column: 'origin', apply: lose('origin', 0.05) },
  { name: 'air_time in hours', column: 'air_time', apply: mapNumbers('air_time', (value) => value / 60) },
  { name: 'dest cut to two letters', column: 'dest', apply: mapTexts('dest', (text) => text.slice(0, 2)) },
]
