import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countCodePoints, countWords, isFreeText, TextMeter } from '../../src/records/free-text.ts'

test.each([
  ['', 0, 0],
  ['one', 1, 3],
  ['  two\twords\n', 2, 12],
  ['naïve 😀 café', 3, 12],
])('%j has %d words and %d characters', (text, words, chars) => {
  expect(countWords(text)).toBe(words)
  expect(countCodePoints(text)).toBe(chars)
})

test('characters are what the language counts', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(countCodePoints(text)).toBe([...text].length)
    }),
  )
})

test('a text in pieces is as long as in one', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (pieces) => {
      const meter = new TextMeter()
      for (const piece of pieces) meter.add(piece)
      expect(meter.words).toBe(countWords(pieces.join('')))
      expect(meter.chars).toBe(pieces.reduce((sum, piece) => sum + countCodePoints(piece), 0))
    }),
  )
})

test.each([
  ['cook', false],
  ['New York City', false],
  ['one two three four five six', true],
  ['x'.repeat(64), false],
  ['x'.repeat(65), true],
  [12, false],
])('%j is free text: %s', (value, expected) => {
  expect(isFreeText(value)).toBe(expected)
})
