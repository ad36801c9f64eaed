/** Our evaluation against that of jsonpath-rfc9535, and what it costs on documents made to be dear. */
import fc from 'fast-check'
import { type JsonValue, query } from 'jsonpath-rfc9535'
import parse from 'jsonpath-rfc9535/parser'
import { expect, test } from 'vitest'
import { evaluate, OVER_BUDGET } from '../../src/formats/json-path.ts'
import { compileSelector } from '../../src/formats/selector.ts'

const SELECTORS = [
  '$', '$.*', '$..*', '$..a', '$.a.b', "$['a','b']", '$[0]', '$[-1]', '$[1:3]', '$[::-1]', '$[5:0:-2]', '$[-2:]', '$[::2]', '$[::0]',
  '$..[0]', '$..a[?@.b]', '$[?@.a == 1]', '$[?@.a != 1]', '$[?@.a < 2]', '$[?@.a <= "b"]', '$[?@.a > @.b]', '$[?@.a >= 1 && @.b]',
  '$[?@.a || !@.b]', '$[?@ == $.a]', '$[?@.a == @.b]', '$[?length(@.a) > 1]', '$[?count(@.*) == 2]', '$[?value(@..a) == 1]', '$[?@.x == @.y]',
  '$..[?match(@.a, "[ab]+")]', '$..[?search(@, "a.b")]', '$..[?match(@, "a|b")]', '$[?@[0] == null]', '$[?@.a == true]', '$..[?@.*]', '$..*..*',
] // prettier-ignore

const key = fc.constantFrom('a', 'b', 'x')
const document = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<JsonValue>(null, true, 0, 1, 2, 'a', 'ab', 'a\nb', 'b', ''),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value

test.each(SELECTORS)('%s selects what the library selects', (text) => {
  // The library forgets the group around alternatives in `match`.
  const theirs = text.includes('a|b') ? text.replace('a|b', '(a|b)') : text
  fc.assert(
    fc.property(document, (value) => {
      expect(evaluate(parse(text), value)).toEqual(query(value, theirs))
    }),
    { numRuns: 300 },
  )
})

test.each<[string, unknown]>([
  ["$..[?match(@.x,'(a+)+b')]", { r: [{ x: 'a'.repeat(50) }] }],
  ["$..[?match(@.x,'(a+)+b')]", { r: [{ x: 'a'.repeat(1_000_000) }] }],
  ["$..[?search(@.x,'(.*)*y')]", Array.from({ length: 5000 }, () => ({ x: 'x'.repeat(200) }))],
  [
    '$[?match(@.x, @.p)]',
    Array.from({ length: 3000 }, (_, i) => ({ x: 'a'.repeat(100), p: `(a{0,30}){0,${i % 30}}b` })),
  ],
  ['$..*..*..*..*', JSON.parse(`${'['.repeat(500)}1${']'.repeat(500)}`)],
  ['$..[?@..[?@..a]]', Array.from({ length: 400 }, () => ({ a: [{ a: 1 }] }))],
  ['$[?@ == $]', JSON.parse(`${'['.repeat(20_000)}1${']'.repeat(20_000)}`)],
  ['$..*', JSON.parse(`${'['.repeat(100_000)}1${']'.repeat(100_000)}`)],
])('%s ends soon, whatever the document is', (text, value) => {
  const selector = compileSelector(text)
  selector.select({ x: 'warm' })
  const startMs = performance.now()
  selector.select(value)
  expect(performance.now() - startMs).toBeLessThan(20_000)
})

test('a selection that exceeds its budget selects nothing, and says so', () => {
  const values = Array.from({ length: 100 }, (_, i) => i)
  expect(evaluate(parse('$..*'), values)).toHaveLength(100)
  expect(evaluate(parse('$..*'), values, 50)).toBe(OVER_BUDGET)
  expect(evaluate(parse('$..nothing'), values, 500)).not.toBe(OVER_BUDGET)
})
