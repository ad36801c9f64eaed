import { query } from 'jsonpath-rfc9535'
import { expect, test } from 'vitest'
import { compileSelector } from '../../src/formats/selector.ts'

const document = { a: { b: [1, { c: null }, 'x'] }, 'a key': 0, list: [{ v: 1 }, { v: 2 }] }

test.each([
  '$',
  '$.a',
  '$.a.b[1].c',
  '$.a.b[-1]',
  '$.a.b[9]',
  "$['a key']",
  '$.a.b.c',
  '$.list.v',
  '$.toString',
  '$.list[*].v',
  '$..v',
  '$.list[?@.v > 1]',
])('%s selects what the library selects', (text) => {
  expect(compileSelector(text).select(document)).toEqual(query(document, text))
})

test.each([
  ['$.customer', 'customer'],
  ['$.items[*].score', 'score'],
  ["$['a key'][0]", 'a key'],
  ['$', undefined],
])('%s ends in %s', (text, lastName) => {
  expect(compileSelector(text).lastName).toBe(lastName)
})

test.each(['', 'customer', '$.', '$.a['])('%j is refused', (text) => {
  expect(() => compileSelector(text)).toThrow()
})
