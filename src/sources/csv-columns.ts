// HOT: per value
/** Determines the types of the columns of a CSV file in one pass over its cells. */
import {
  CAN,
  type Can,
  cellCan,
  type ColumnType,
  type Decimal,
  NUMERIC_SHARE,
  typeOf,
} from '../formats/text-cell.ts'
import { SAMPLE_ROWS } from './table.ts'

/** Maximum number of distinct texts to count in an otherwise numeric column. */
const MOST_ODD_TEXTS = 3
const LONGEST_ODD_TEXT = 40
/** Text-only cells after which a column with fewer numbers is a text column. */
const ENOUGH_ODD_CELLS = 1_000

export interface Separators {
  /** Whether 1,234 means 1.234 when nothing else decides. */
  readonly prefersComma: boolean
  readonly decimal: Decimal
}

export class CsvColumns {
  readonly names: readonly string[]
  /** Cells of the first rows, by row. */
  readonly sample: (readonly string[])[] = []
  rows = 0
  readonly #missing: ReadonlySet<string> | undefined
  /** Possible types of a column, from all cells except text-only ones. */
  readonly #can: Can[]
  readonly #values: number[]
  /** Cells that can only be texts. */
  readonly #oddCells: number[]
  /** Counts by text, until there are too many distinct texts. */
  readonly #odd: (Map<string, number> | undefined)[]

  constructor(names: readonly string[], missing: ReadonlySet<string> | undefined) {
    this.names = names
    this.#missing = missing
    this.#can = names.map(() => CAN.anything)
    this.#values = names.map(() => 0)
    this.#oddCells = names.map(() => 0)
    this.#odd = names.map(() => new Map())
  }

  add(cells: readonly string[]): void {
    if (this.rows < SAMPLE_ROWS) this.sample.push([...cells])
    this.rows += 1
    for (let index = 0; index < this.names.length; index += 1) {
      const oddCells = this.#oddCells[index] as number
      // Text is the widest type.
      if (oddCells >= ENOUGH_ODD_CELLS && (this.#values[index] as number) < oddCells) continue
      const cell = cells[index] as string
      const can = cellCan(cell, this.#missing)
      if (can === CAN.anything) continue
      if (can === CAN.code) {
        this.#oddCells[index] = Infinity
        this.#odd[index] = undefined
      } else if (can === CAN.text) {
        this.#oddCells[index] = oddCells + 1
        this.#addOdd(index, this.#odd[index], cell)
      } else {
        this.#can[index] = (this.#can[index] as number) & can
        this.#values[index] = (this.#values[index] as number) + 1
      }
    }
  }

  #addOdd(index: number, odd: Map<string, number> | undefined, cell: string): void {
    if (odd === undefined) return
    const known = odd.get(cell)
    if (known !== undefined) odd.set(cell, known + 1)
    // A copy: the cell is a slice that would retain the whole text.
    else if (odd.size < MOST_ODD_TEXTS && cell.length <= LONGEST_ODD_TEXT)
      odd.set(Buffer.from(cell).toString(), 1)
    else this.#odd[index] = undefined
  }

  /** `undefined` for columns without values. */
  types({ prefersComma, decimal }: Separators): (ColumnType | undefined)[] {
    return this.names.map((_, index) => {
      const type = typeOf(this.#can[index] as number, prefersComma, decimal)
      if (this.#oddCells[index] === 0) return type
      return isNumeric(type) && this.#isMostlyNumbers(index) ? type : 'text'
    })
  }

  #isMostlyNumbers(index: number): boolean {
    const numbers = this.#values[index] as number
    return numbers >= NUMERIC_SHARE * (numbers + (this.#oddCells[index] as number))
  }

  /** Notes for users on columns with a type that may be unexpected. */
  notes({ prefersComma, decimal }: Separators): string[] {
    return this.names.flatMap((name, index) => {
      const odd = this.#odd[index]
      const can = this.#can[index] as number
      const type = typeOf(can, prefersComma, decimal)
      if (!isNumeric(type)) return []
      const isAmbiguous = decimal === 'auto' && (can & CAN.grouped) !== 0 && (can & CAN.comma) !== 0
      const separators =
        decimal === 'auto' && (type === 'grouped' || type === 'comma')
          ? [`${name}: ${separatorNote(type, isAmbiguous)}`]
          : []
      const oddCells = this.#oddCells[index] as number
      if (oddCells === 0) return separators
      const mostly = this.#isMostlyNumbers(index)
      // Many distinct texts with few numbers make a text column.
      if (odd === undefined && !mostly) return []
      return [...separators, oddNote(name, { odd: odd ?? new Map(), oddCells, mostly })]
    })
  }
}

function isNumeric(type: ColumnType | undefined): boolean {
  return type !== undefined && type !== 'boolean' && type !== 'text'
}

function separatorNote(type: 'grouped' | 'comma', isAmbiguous: boolean): string {
  const reading =
    type === 'grouped' ? 'its numbers have separators between thousands' : 'its numbers have a decimal comma'
  const other =
    type === 'grouped'
      ? 'commas are decimal, say --decimal comma'
      : 'commas group thousands, say --decimal point'
  return isAmbiguous ? `${reading}; if the ${other}` : reading
}

interface OddCells {
  readonly odd: ReadonlyMap<string, number>
  readonly oddCells: number
  /** Whether the column is numeric anyway. */
  readonly mostly: boolean
}

function oddNote(name: string, { odd, oddCells, mostly }: OddCells): string {
  const listed = [...odd].map(([text, count]) => `${JSON.stringify(text)} (${count})`).join(', ')
  const texts = listed === '' ? `${oddCells} different texts` : listed
  const read = mostly ? 'which count as no value' : 'so that all of it is read as categories'
  const options = [...odd.keys()].map((text) => `'${text.replaceAll("'", `'"'"'`)}'`).join(' ')
  const advice = options === '' ? '' : `; if that means a missing value, say --missing ${options}`
  return `${name}: numbers, but for ${texts}, ${read}${advice}`
}
