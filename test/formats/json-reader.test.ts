import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Parsed } from '../../src/formats/failure.ts'
import { parseJson } from '../../src/formats/json.ts'
import { JsonReader } from '../../src/formats/json-reader.ts'
import { JsonShape } from '../../src/formats/json-shape.ts'

const bytes = (text: string): Buffer => Buffer.from(text)

/** What a reader says of each text in turn, at once: the value does not last. */
function readAll(texts: readonly string[]): string[] {
  const reader = new JsonReader()
  return texts.map((text) => show(told(reader.read(bytes(text)))))
}

/** The value of a shape is an accessor. */
const told = (parsed: Parsed): Parsed => ('failure' in parsed ? parsed : { value: parsed.value })

/** Tells −0 from 0, NaN from null and the order of keys, which comparing values does not. */
function show(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (Object.is(part, -0) ? 'minus zero' : part))
}

const expected = (texts: readonly string[]): string[] => texts.map((text) => show(parseJson(bytes(text))))

const SCALARS = [
  ['an integer', '7'],
  ['zero', '0'],
  ['minus zero', '-0'],
  ['a negative fraction', '-12.5'],
  ['a small fraction', '0.000000000000000000000012345'],
  ['what Python prints', '0.30000000000000004'],
  ['17 digits', '0.12345678901234567'],
  ['an exponent', '1e-05'],
  ['a large exponent', '1.5E+300'],
  ['beyond all doubles', '1e999'],
  ['15 digits', '123456789012345'],
  ['2^53', '9007199254740992'],
  ['an integer that no double holds', '9007199254740993'],
  ['its negative', '-9007199254740993'],
  ['a long integer with a point', '12345678901234567890.5'],
  ['23 digits behind the point', '0.00000000000000000000001'],
  ['half of the smallest step', '9007199254740993.0'],
  ['true', 'true'],
  ['false', 'false'],
  ['null', 'null'],
  ['NaN', 'NaN'],
  ['Infinity', 'Infinity'],
  ['minus Infinity', '-Infinity'],
  ['a text', '"Bern"'],
  ['another text as long', '"Genf"'],
  ['an empty text', '""'],
  ['a text like a number', '"12"'],
  ['an escape', '"a\\"b"'],
  ['a unicode escape', '"\\u00e4"'],
  ['beyond ASCII', '"Zürich"'],
  ['beyond Unicode plane 0', '"🐟"'],
  ['an array', '[1,2]'],
  ['an object', '{"c":1}'],
  ['a leading zero', '01'],
  ['no digits behind the point', '1.'],
  ['no digits before it', '.5'],
  ['a plus', '+1'],
  ['only a minus', '-'],
  ['an exponent without digits', '1e'],
  ['two points', '1.2.3'],
  ['a word that is none', 'nul'],
  ['more than a word', 'nulll'],
  ['Python’s None', 'None'],
  ['minus NaN', '-NaN'],
  ['hexadecimal', '0x10'],
  ['nothing', ''],
  ['a control character', '"a\u0001b"'],
  ['a text without an end', '"a'],
  ['white space', ' 7 '],
] as const

describe('a body after one of the same shape is read as if it were the first', () => {
  test.each(SCALARS)('%s', (_, scalar) => {
    const around = (value: string): string => `{"instances": [{"a": ${value}, "b": "x"}, [${value}]], "n": 1}`
    const texts = [around('1.5'), around(scalar), around('2'), around(scalar), around('"y"'), around(scalar)]
    expect(readAll(texts)).toEqual(expected(texts))
  })

  test.each([
    ['another key', '{"a":1,"c":2}'],
    ['a key less', '{"a":1}'],
    ['a key more', '{"a":1,"b":2,"c":3}'],
    ['other white space', '{"a": 1,"b":2}'],
    ['bytes behind it', '{"a":1,"b":2}x'],
    ['white space behind it', '{"a":1,"b":2}\n'],
    ['an end too early', '{"a":1,"b":2'],
    ['an end in a number', '{"a":1,"b":-'],
    ['a byte order mark', '\ufeff{"a":1,"b":2}'],
    ['nothing', ''],
    ['a scalar', '1'],
    ['a key twice', '{"a":1,"a":2}'],
    ['a key that objects are born with', '{"__proto__":1,"b":2}'],
    ['an object in that key', '{"__proto__":{"x":1},"b":2}'],
    ['keys that are numbers', '{"2":1,"1":2}'],
    ['an escaped key', '{"\\u0061":1,"b":2}'],
  ])('%s', (_, text) => {
    const texts = [
      '{"a":1,"b":2}',
      text,
      '{"a":3,"b":4}',
      text,
      text.replace('1', '5'),
      text.replace('2', '"z"'),
    ]
    expect(readAll(texts)).toEqual(expected(texts))
  })

  test('bytes that are no UTF-8', () => {
    const reader = new JsonReader()
    for (let turn = 0; turn < 3; turn += 1) {
      expect(told(reader.read(bytes('{"a":"x"}')))).toEqual({ value: { a: 'x' } })
      expect(reader.read(Buffer.from('{"a":"\xff"}', 'latin1'))).toEqual({ failure: 'not-text' })
    }
  })

  test('whatever the shape, the scalars and the mistakes', () => {
    const scalar = fc.oneof(
      fc.constantFrom(...SCALARS.map(([, text]) => text)),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.integer().map(String),
      fc.string().map((text) => JSON.stringify(text)),
    )
    const key = fc.constantFrom('a', 'b', '0', 'ä', '__proto__', 'constructor')
    const { shape } = fc.letrec<{ shape: (next: () => string) => string }>((tie) => ({
      shape: fc.oneof(
        { maxDepth: 4 },
        fc.constant((next: () => string) => next()),
        fc
          .array(tie('shape'), { maxLength: 4 })
          .map((items) => (next: () => string) => `[${items.map((item) => item(next)).join(',')}]`),
        fc
          .array(fc.tuple(key, tie('shape')), { maxLength: 4 })
          .map(
            (members) => (next: () => string) =>
              `{${members.map(([name, item]) => `${JSON.stringify(name)}: ${item(next)}`).join(' ,')}}`,
          ),
      ),
    }))
    const change = fc.option(
      fc.record({ at: fc.nat(60), text: fc.constantFrom('', '"', ',', '1', ' ', '}') }),
      {
        freq: 4,
      },
    )
    fc.assert(
      fc.property(
        fc.array(shape, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(fc.nat(2), fc.array(scalar, { minLength: 1, maxLength: 4 }), change), {
          maxLength: 24,
        }),
        (shapes, bodies) => {
          const texts = bodies.map(([which, scalars, changed]) => {
            let used = 0
            const item = shapes[which % shapes.length] as (next: () => string) => string
            const text = item(() => scalars[used++ % scalars.length] as string)
            return changed === null
              ? text
              : text.slice(0, changed.at) + changed.text + text.slice(changed.at + 1)
          })
          expect(readAll(texts)).toEqual(expected(texts))
        },
      ),
      { numRuns: 3000 },
    )
  })
})

describe('shapes', () => {
  const row = (keys: readonly string[], value: number): string =>
    JSON.stringify({ instances: [Object.fromEntries(keys.map((key) => [key, value]))] })

  const isMet = (reader: JsonReader, text: string): boolean => reader.read(bytes(text)) instanceof JsonShape

  test('are met again: the value is the same object', () => {
    const reader = new JsonReader()
    const first = told(reader.read(bytes(row(['a', 'b'], 1))))
    const second = told(reader.read(bytes(row(['a', 'b'], 2))))
    expect(second).toEqual({ value: { instances: [{ a: 2, b: 2 }] } })
    expect(first).toEqual(second)
  })

  test('of some clients in turn are all kept', () => {
    const reader = new JsonReader()
    const clients = [['a'], ['b'], ['c'], ['d']]
    for (let turn = 0; turn < 20; turn += 1) {
      for (const keys of clients) reader.read(bytes(row(keys, turn)))
    }
    for (const keys of clients) expect(isMet(reader, row(keys, 3))).toBe(true)
  })

  test('that never come again are soon not learned any more, until one does', () => {
    const reader = new JsonReader()
    const texts = Array.from({ length: 3000 }, (_, index) => row([`k${index}`], index))
    for (const text of texts) reader.read(bytes(text))
    // Each twice in a row now, so that learning would pay; what came before says that it does not.
    const met = texts.map((text) => [isMet(reader, text), isMet(reader, text)])
    expect(met.slice(0, 300).flat()).not.toContain(true)
    for (let turn = 0; turn < 3000; turn += 1) reader.read(bytes(row(['a'], turn)))
    expect(isMet(reader, row(['a'], 1))).toBe(true)
  })

  test('of large bodies are not kept', () => {
    const reader = new JsonReader()
    const text = JSON.stringify({ inputs: Array.from({ length: 20_000 }, (_, index) => index) })
    expect([isMet(reader, text), isMet(reader, text)]).toEqual([false, false])
  })
})
