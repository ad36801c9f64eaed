/**
 * Cells of text files, which have no types: a column has the type that fits all of its cells. Spaces around a number
 * are ignored; around a text they are part of it, as in pandas and in JSON.
 */

/** `grouped`: 93,264.5. `comma`: 93.264,5 or 41,5. `duration`: `1 days 02:03:04`, in milliseconds. */
export type ColumnType = 'number' | 'boolean' | 'grouped' | 'comma' | 'duration' | 'text'

/** Number format of a file; `auto` decides by the cells of a column. */
export const DECIMALS = ['auto', 'comma', 'point'] as const
export type Decimal = (typeof DECIMALS)[number]

/** Possible types of a cell or a column; the `CAN` bits of all cells, combined with `&`. */
export type Can = number

const NUMBER_BIT = 1
const BOOLEAN_BIT = 2
const GROUPED_BIT = 4
const COMMA_BIT = 8
const TEXT_BIT = 16
const DURATION_BIT = 32
const CODE_BIT = 64
export const CAN = {
  number: NUMBER_BIT,
  boolean: BOOLEAN_BIT,
  grouped: GROUPED_BIT,
  comma: COMMA_BIT,
  text: TEXT_BIT,
  duration: DURATION_BIT,
  /** A text of digits with a leading 0, such as a postal code: the other cells of its column are codes too. */
  code: TEXT_BIT | CODE_BIT,
  /** A missing cell: compatible with any type. */
  anything: NUMBER_BIT | BOOLEAN_BIT | GROUPED_BIT | COMMA_BIT | TEXT_BIT | DURATION_BIT,
} as const

/** pandas' spellings of a missing value, and `\N` of database dumps. */
const MISSING: ReadonlySet<string> = new Set([
  ...[
    '',
    '#N/A',
    '#N/A N/A',
    '#NA',
    '-1.#IND',
    '-1.#QNAN',
    '-NaN',
    '-nan',
    '1.#IND',
    '1.#QNAN',
    '<NA>',
    'N/A',
  ],
  ...['NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null', String.raw`\N`],
])
/** Without leading zeros: codes such as postal codes would lose a digit as numbers. */
const NUMBER = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
/** Thousands in groups of three, separated by commas, spaces or apostrophes; at least one group. */
const GROUPED = /^[+-]?[1-9]\d{0,2}(?:(?:,\d{3})+|(?:[ \u00a0\u202f]\d{3})+|(?:['’]\d{3})+)(?:\.\d*)?$/
const COMMA =
  /^[+-]?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:(?:\.\d{3})+|(?:[ \u00a0\u202f]\d{3})+|(?:['’]\d{3})+)),\d+(?:[eE][+-]?\d+)?$/
/** The same without decimals: `1.234` alone would be a number. */
const POINTED_GROUPS = /^[+-]?[1-9]\d{0,2}(?:\.\d{3})+$/
/** `12 000` and `12'000` are the same number with a decimal comma and with a decimal point. */
const SPACED_GROUPS = /^[+-]?[1-9]\d{0,2}(?:(?:[ \u00a0\u202f]\d{3})+|(?:['’]\d{3})+)$/
/** Time differences as pandas writes them. */
const DURATION = /^(-?\d+) days(?: ([+-]?)(\d{2}):(\d{2}):(\d{2}(?:\.\d{1,9})?))?$/
const SEPARATORS = /[,\s'’\u00a0\u202f]/
const CODE = /^0\d+$/
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

/** Prefix of special values in Windows' C library. */
const NO_NUMBER = '1.#'
const ZERO = 48
const NINE = 57

/** Whether it starts with a digit, so it is none of the words above. This avoids hashing the cell for a lookup. */
function isNoWord(text: string): boolean {
  const first = text.charCodeAt(0)
  return first >= ZERO && first <= NINE
}

/** A column is numeric when at least this share of its values are numbers; the others do not count as values. */
export const NUMERIC_SHARE = 0.9

/** Whether a text means a missing value, for any type of column. */
export function isMissingText(text: string): boolean {
  return isNoWord(text) ? text.startsWith(NO_NUMBER) && MISSING.has(text) : MISSING.has(text)
}

/** @param missing additional spellings of a missing value */
export function cellCan(cell: string, missing?: ReadonlySet<string>): Can {
  const text = cell.trim()
  if (missing !== undefined && missing.has(text)) return CAN.anything
  if (NUMBER.test(text)) {
    const numeric = CAN.number | CAN.grouped | CAN.text
    return !text.includes('.') || POINTED_GROUPS.test(text) ? numeric | CAN.comma : numeric
  }
  if (isMissingText(text)) return CAN.anything
  if (!isNoWord(text)) {
    if (BOOLEAN.has(cell)) return CAN.boolean | CAN.text
    if (INFINITE.has(text)) return CAN.number | CAN.grouped | CAN.comma | CAN.text
  }
  if (CODE.test(text)) return CAN.code
  if (text.length === 0 || text.length > 40 || !(SEPARATORS.test(text) || text.includes('.'))) return CAN.text
  const grouped = GROUPED.test(text) ? CAN.grouped : 0
  const comma = COMMA.test(text) || POINTED_GROUPS.test(text) || SPACED_GROUPS.test(text) ? CAN.comma : 0
  const duration = text.includes('day') && DURATION.test(text) ? CAN.duration : 0
  return CAN.text | grouped | comma | duration
}

/**
 * The type of a column with the possible types `can`; `undefined` without values.
 *
 * @param prefersComma whether 1,234 means 1.234; files with semicolons usually have decimal commas
 * @param decimal the user's setting, which decides
 */
export function typeOf(can: Can, prefersComma = false, decimal: Decimal = 'auto'): ColumnType | undefined {
  if (can === CAN.anything) return undefined
  if (decimal === 'comma')
    return typeOf(can & COMMA_BIT ? can & ~(NUMBER_BIT | GROUPED_BIT) : can & ~GROUPED_BIT)
  if (decimal === 'point') return typeOf(can & ~COMMA_BIT)
  if ((can & CAN.number) !== 0) return 'number'
  if ((can & CAN.boolean) !== 0) return 'boolean'
  if ((can & CAN.duration) !== 0) return 'duration'
  const isGrouped = (can & CAN.grouped) !== 0
  const isComma = (can & CAN.comma) !== 0
  if (isGrouped && isComma) return prefersComma ? 'comma' : 'grouped'
  if (isGrouped) return 'grouped'
  return isComma ? 'comma' : 'text'
}

/** The type of a single cell; `undefined` for a missing one. A single cell with a comma is not a number. */
export function cellType(cell: string): 'number' | 'boolean' | 'text' | undefined {
  const type = typeOf(cellCan(cell))
  return type === 'number' || type === 'boolean' || type === undefined ? type : 'text'
}

/**
 * The JSON value of a cell; null for a missing one. Integers that a double cannot hold stay text, and so do non-numbers
 * in a numeric column.
 */
export function textCellValue(
  cell: string,
  type: ColumnType,
  missing?: ReadonlySet<string>,
): string | number | boolean | null {
  if (type === 'text') return isMissingText(cell) || missing?.has(cell.trim()) === true ? null : cell
  const text = cell.trim()
  if (isMissingText(text) || missing?.has(text) === true) return null
  if (type === 'boolean') return BOOLEAN.get(text) ?? false
  const value = numberOf(text, type)
  return Number.isNaN(value) ? cell : isLongInteger(text, value) ? text : value
}

function numberOf(text: string, type: ColumnType): number {
  const infinite = isNoWord(text) ? undefined : INFINITE.get(text)
  if (infinite !== undefined) return infinite
  if (type === 'duration') return durationMs(text)
  if (type !== 'number' && !isOf(text, type)) return Number.NaN
  if (type === 'grouped') return Number(text.replace(/[,\s'’\u00a0\u202f]/g, ''))
  if (type === 'comma') return Number(text.replace(/[.\s'’\u00a0\u202f]/g, '').replace(',', '.'))
  return NUMBER.test(text) ? Number(text) : Number.NaN
}

function isOf(text: string, type: ColumnType): boolean {
  return (cellCan(text) & (type === 'grouped' ? CAN.grouped : CAN.comma)) !== 0
}

function durationMs(text: string): number {
  const [, days, sign, hours = '0', minutes = '0', seconds = '0'] = DURATION.exec(text) ?? []
  if (days === undefined) return Number.NaN
  const time = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)
  return Number(days) * 86_400_000 + ((sign === '-' ? -1 : 1) * Math.round(time * 1e6)) / 1e3
}

/** As from JSON: integers that a double cannot hold keep their digits. */
function isLongInteger(text: string, value: number): boolean {
  return !Number.isSafeInteger(value) && text.length >= 16 && /^-?\d{16,}$/.test(text)
}
