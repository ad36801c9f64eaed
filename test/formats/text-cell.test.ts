import { expect, test } from 'vitest'
import { cellCan, cellType, textCellValue, typeOf } from '../../src/formats/text-cell.ts'

test.each([
  ['number', ['0', '-0', '7', '+7', '0.5', '-0.5', '+.5', '5.', '0e5', '1e5', '1E-5', '10', '-12.25', ' 3 ']],
  ['number', ['inf', '-inf', 'Infinity', '-Infinity', '1e400', '12345678901234567890']],
  ['boolean', ['true', 'False', 'TRUE']],
  [undefined, ['', ' ', 'NA', 'N/A', 'NaN', 'nan', 'null', 'None', '<NA>']],
  ['text', ['00', '01', '-01', '01234', '0x10', '1_000', '1e', '1.2.3', '2019-01-01', '5 %', '1e5e5']],
  ['text', ['-', '+', '.', '-.', 'e5', '+inf', 'tRue', 'na', 'Nan', 'Graz', '-Graz', '١']],
] as const)('%s: %j', (type, cells) => {
  for (const cell of cells) expect([cell, cellType(cell)]).toEqual([cell, type])
})

test('the values of cells', () => {
  expect(['-0.5', '+7', '-inf', '1e400', ' 3 ', 'NA'].map((cell) => textCellValue(cell, 'number'))).toEqual([
    -0.5,
    7,
    -Infinity,
    Infinity,
    3,
    null,
  ])
  // A double would change its digits.
  expect(textCellValue('-9007199254740993', 'number')).toBe('-9007199254740993')
  expect(textCellValue('9007199254740991', 'number')).toBe(9_007_199_254_740_991)
  expect(textCellValue('True', 'boolean')).toBe(true)
  expect(textCellValue('01234', 'text')).toBe('01234')
})

const columnType = (cells: readonly string[], prefersComma = false) =>
  typeOf(
    cells.reduce((can, cell) => can & cellCan(cell), cellCan('')),
    prefersComma,
  )

test.each([
  [undefined, []],
  [undefined, ['', 'NA']],
  ['number', ['1.5', '', '#N/A', String.raw`\N`, '-nan', '1.#QNAN', '#N/A N/A', '<NA>']],
  ['text', ['1', 'true']],
  ['text', ['1', 'x']],
  ['text', ['99999', '01234']],
  ['text', ['?', '1.5']],
  ['boolean', ['True', 'FALSE', '']],
  ['text', [' True', 'False']],
  ['comma', ['41,5', '7', '-0,25', '1.234,5', '1.234']],
  ['grouped', ['93,264', '7', '1,250.5', '-2,000,000', '1500']],
  ['grouped', ['1 250', '7', '2\u00a0000.5']],
  ['grouped', ["1'250.50", '7']],
  ['text', ['1,25', '1.5']],
  ['text', ['93,26,4']],
] as const)('a column is %s when all of its cells can be: %j', (type, cells) => {
  expect(columnType(cells)).toBe(type)
})

test('what a comma is, where both are possible, the file decides', () => {
  expect([columnType(['93,264']), columnType(['93,264'], true)]).toEqual(['grouped', 'comma'])
  expect([textCellValue('93,264', 'grouped'), textCellValue('93,264', 'comma')]).toEqual([93_264, 93.264])
  expect(textCellValue('1.234,5', 'comma')).toBe(1234.5)
  expect(textCellValue('2\u00a0000.5', 'grouped')).toBe(2000.5)
})

test('spaces around a text belong to it, around a number they do not', () => {
  expect(textCellValue(' Private', 'text')).toBe(' Private')
  expect(textCellValue(' NA', 'text')).toBe(' NA')
  expect(textCellValue(' NA', 'number')).toBeNull()
  expect(textCellValue(' ? ', 'number', new Set(['?']))).toBeNull()
})
