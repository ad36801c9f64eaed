import fc from 'fast-check'
import { expect, test } from 'vitest'
import { labelText, MAX_LABEL_CHARACTERS } from '../../src/instruments/label-text.ts'

test('an ordinary name stays as it is', () => {
  for (const name of ['', 'age', 'Größe des Hauses', '年齢', '🏠', 'x'.repeat(MAX_LABEL_CHARACTERS)])
    expect(labelText(name)).toBe(name)
})

test('a long name keeps its beginning and stays apart from others', () => {
  const [one, other] = [labelText(`${'x'.repeat(1_000_000)}a`), labelText(`${'x'.repeat(1_000_000)}b`)]
  expect(one).toMatch(/^x{247}…[0-9a-f]{8}$/)
  expect(other).not.toBe(one)
})

test('halves of broken pairs become valid text and stay apart', () => {
  const [one, other] = [labelText('a\ud800'), labelText('a\ud801')]
  expect([one, other].every((text) => text.isWellFormed())).toBe(true)
  expect(other).not.toBe(one)
})

test('whatever comes, the result is short and valid, and short already when given again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
      const label = labelText(text)
      expect(label.length).toBeLessThanOrEqual(MAX_LABEL_CHARACTERS)
      expect(label.isWellFormed()).toBe(true)
      expect(labelText(label)).toBe(label)
    }),
  )
})
