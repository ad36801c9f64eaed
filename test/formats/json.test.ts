import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJson, parseJsonText } from '../../src/formats/json.ts'

const parse = (text: string) => parseJson(Buffer.from(text))

test('any JSON without long integers is what JSON.parse gives', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      fc.pre(!/(?:^|[^.\d])\d{16}/.test(text))
      const expected: unknown = JSON.parse(text)
      expect(parse(text)).toEqual({ value: expected })
    }),
  )
})

test.each([
  ['{"a": NaN, "b": [Infinity, -Infinity]}', { a: 'NaN', b: ['Infinity', '-Infinity'] }],
  ['{"NaN \\" NaN": NaN, "s": "-Infinity \\\\"}', { 'NaN " NaN': 'NaN', s: '-Infinity \\' }],
  ['[NaN, 9007199254740993]', ['NaN', '9007199254740993']],
])('bare tokens become strings: %s', (text, value) => {
  expect(parse(text)).toEqual({ value })
})

describe('integers beyond 2^53', () => {
  test('keep their digits wherever they are', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.nat(40), (integer, spaces) => {
        const safe = integer >= -(2n ** 53n) + 1n && integer <= 2n ** 53n - 1n
        const text = `${' '.repeat(spaces)}{"k":[${integer}, "${integer}"]}`
        expect(parse(text)).toEqual({
          value: { k: [safe ? Number(integer) : String(integer), String(integer)] },
        })
      }),
    )
  })

  test.each([
    ['0.1234567890123456789', 0.1234567890123456789],
    ['1234567890123456789.5', 1234567890123456789.5],
    ['12345678901234567890e-3', 12345678901234567890e-3],
    ['-0.12345678901234567890E+2', -0.1234567890123456789e2],
  ])('%s is no integer', (text, value) => {
    expect(parse(`[${text}]`)).toEqual({ value: [value] })
  })
})

test.each([
  ['', 'empty'],
  ['{"a":', 'not-json'],
  ['{"a": nan}', 'not-json'],
  ['{"a": NaNN}', 'not-json'],
  ['<html>NaN</html>', 'not-json'],
])('%j fails as %s', (text, failure) => {
  expect(parse(text)).toEqual({ failure })
})

test.each([
  ['a bare token', 'NaN'],
  ['a long integer', '12345678901234567890'],
])('a body with %s that is cut inside a text of escaped quotes costs no more than its length', (_, token) => {
  const started = performance.now()
  for (const end of ['', '\\'])
    expect(parse(`[${token}, "${'\\"'.repeat(200_000)}${end}`)).toEqual({ failure: 'not-json' })
  // Minutes when each quote is tried as a beginning, some ms when none is.
  expect(performance.now() - started).toBeLessThan(10_000)
})

test('bytes that are not UTF-8 fail as such', () => {
  expect(parseJson(Uint8Array.of(0x22, 0xff, 0x22))).toEqual({ failure: 'not-text' })
})

test('a byte order mark is skipped', () => {
  expect(parse('\ufeff[1]')).toEqual({ value: [1] })
})

test('a string of a million characters with escapes is no trouble in the slow path', () => {
  const long = 'x\\"'.repeat(300_000)
  expect(parseJsonText(`["${long}", NaN]`)).toEqual({ value: ['x"'.repeat(300_000), 'NaN'] })
})

test('nesting as deep as a body allows is a value, whatever it is', () => {
  const deep = '['.repeat(200_000) + 'NaN' + ']'.repeat(200_000)
  expect(Object.keys(parse(deep))).toHaveLength(1)
})
