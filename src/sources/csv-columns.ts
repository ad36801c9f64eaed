// HOT: per value
/** What the columns of a CSV file are, found out in one pass over its cells. */
import { CAN, cellCan, typeOf, type Can, type ColumnType } from '../formats/text-cell.ts'
import { SAMPLE_ROWS } from './table.ts'

/** Different texts of an otherwise numeric column that are told apart. */
const MOST_ODD_TEXTS = 3
const LONGEST_ODD_TEXT = 40

export class CsvColumns {
  readonly names: readonly string[]
  /** Cells of the first rows, by row. */
  readonly sample: (readonly string[])[] = []
  rows = 0
  readonly #missing: ReadonlySet<string> | undefined
  /** What all cells of a column can be, those that can only be texts apart. */
  readonly #can: Can[]
  readonly #values: number[]
  /** Cells that can only be texts: how many of each, until there are too many of them. */
  readonly #odd: (Map<string, number> | undefined)[]

  constructor(names: readonly string[], missing: ReadonlySet<string> | undefined) {
    this.names = names
    this.#missing = missing
    this.#can = names.map(() => CAN.anything)
    this.#values = names.map(() => 0)
    this.#odd = names.map(() => new Map())
  }

  add(cells: readonly string[]): void {
    if (this.rows < SAMPLE_ROWS) this.sample.push([...cells])
    this.rows += 1
    for (let index = 0; index < this.names.length; index += 1) {
      const odd = this.#odd[index]
      // Nothing is wider than text.
      if (odd === undefined) continue
      const cell = cells[index] as string
      const can = cellCan(cell, this.#missing)
      if (can === CAN.anything) continue
      if (can === CAN.text) this.#addOdd(index, odd, cell)
      else {
        this.#can[index] = (this.#can[index] as number) & can
        this.#values[index] = (this.#values[index] as number) + 1
      }
    }
  }

  #addOdd(index: number, odd: Map<string, number>, cell: string): void {
    const known = odd.get(cell)
    if (known !== undefined) odd.set(cell, known + 1)
    // A copy: the cell is a slice, which would keep the text that it is cut from.
    else if (odd.size < MOST_ODD_TEXTS && cell.length <= LONGEST_ODD_TEXT)
      odd.set(Buffer.from(cell).toString(), 1)
    else this.#odd[index] = undefined
  }

  /** `undefined` for columns without a value. */
  types(prefersComma: boolean): (ColumnType | undefined)[] {
    return this.names.map((_, index) => {
      const odd = this.#odd[index]
      return odd === undefined || odd.size > 0 ? 'text' : typeOf(this.#can[index] as number, prefersComma)
    })
  }

  /** For people: columns that are not what their cells look like at first sight. */
  notes(prefersComma: boolean): string[] {
    return this.names.flatMap((name, index) => {
      const odd = this.#odd[index]
      if (odd === undefined) return []
      const can = this.#can[index] as number
      const type = typeOf(can, prefersComma)
      if (odd.size === 0) {
        if (type !== 'grouped' && type !== 'comma') return []
        return [`${name}: ${separatorNote(type, (can & CAN.grouped) !== 0 && (can & CAN.comma) !== 0)}`]
      }
      const isNumeric = type !== undefined && type !== 'boolean' && type !== 'text'
      return isNumeric && (this.#values[index] as number) > 0 ? [oddNote(name, odd)] : []
    })
  }
}

function separatorNote(type: 'grouped' | 'comma', isAmbiguous: boolean): string {
  const reading =
    type === 'grouped' ? 'the commas of its numbers group thousands' : 'its numbers have a decimal comma'
  const other = type === 'grouped' ? 'decimal' : 'thousands'
  return isAmbiguous ? `${reading}; if they are ${other}, write the file with decimal points` : reading
}

function oddNote(name: string, odd: ReadonlyMap<string, number>): string {
  const texts = [...odd].map(([text, count]) => `${JSON.stringify(text)} (${count})`).join(', ')
  const options = [...odd.keys()].map((text) => `'${text}'`).join(' ')
  return `${name}: all numbers but ${texts}, so that it is read as categories; if that means a missing value, say --missing ${options}`
}
