import { expect, test } from 'vitest'
import { cellType, textCellValue, widen } from '../../src/formats/text-cell.ts'

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

test('a column is what all of its cells can be', () => {
  expect(widen(undefined, undefined)).toBeUndefined()
  expect(widen('number', undefined)).toBe('number')
  expect(widen('number', 'boolean')).toBe('text')
  expect(widen('text', 'number')).toBe('text')
})
