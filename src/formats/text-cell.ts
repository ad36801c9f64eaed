/** Cells of text files, which do not say what they are: a column's type is what all of its cells can be. */

export type ColumnType = 'number' | 'boolean' | 'text'

/** What pandas and R write for a value that is not there; compared as a whole. */
const MISSING = new Set(['', 'NA', 'N/A', 'n/a', 'NaN', 'nan', 'NULL', 'null', 'None', '<NA>'])
/** Without zeros in front: codes such as postal ones would lose a digit as numbers. */
const NUMBER = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const INFINITE = new Map([
  ['inf', Infinity],
  ['Infinity', Infinity],
  ['-inf', -Infinity],
  ['-Infinity', -Infinity],
])
const BOOLEAN = new Map([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
])

const ZERO = 48
const NINE = 57

/** Whether it begins with a digit: none of the words above. To look a cell up, its characters have to be hashed. */
function isNoWord(text: string): boolean {
  const first = text.charCodeAt(0)
  return first >= ZERO && first <= NINE
}

/** The type of a single cell; `undefined` for a missing one. */
export function cellType(cell: string): ColumnType | undefined {
  const text = cell.trim()
  if (NUMBER.test(text)) return 'number'
  if (isNoWord(text)) return 'text'
  if (MISSING.has(text)) return undefined
  if (BOOLEAN.has(text)) return 'boolean'
  return INFINITE.has(text) ? 'number' : 'text'
}

/** What a column is that held `known` (`undefined`: nothing yet) and now holds a cell of `type`. */
export function widen(known: ColumnType | undefined, type: ColumnType | undefined): ColumnType | undefined {
  if (type === undefined || known === type) return known
  return known === undefined ? type : 'text'
}

/** What the cell is in JSON; null for a missing one. Integers that a double cannot hold stay text. */
export function textCellValue(cell: string, type: ColumnType): string | number | boolean | null {
  const text = cell.trim()
  if (!isNoWord(text) && MISSING.has(text)) return null
  if (type === 'text') return text
  if (type === 'boolean') return BOOLEAN.get(text) ?? false
  const value = numberOf(text)
  return isLongInteger(text, value) ? text : value
}

function numberOf(text: string): number {
  return isNoWord(text) ? Number(text) : (INFINITE.get(text) ?? Number(text))
}

/** As from JSON: integers that a double cannot hold keep their digits. */
function isLongInteger(text: string, value: number): boolean {
  return !Number.isSafeInteger(value) && text.length >= 16 && /^-?\d{16,}$/.test(text)
}
