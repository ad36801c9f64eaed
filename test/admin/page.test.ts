import fc from 'fast-check'
import { expect, test } from 'vitest'
import { distributionPlot } from '../../src/admin/page/distribution-plot.ts'
import { refreshSeconds } from '../../src/admin/page/document.ts'
import { html } from '../../src/admin/page/html.ts'
import { age, count, decimal, percent } from '../../src/lib/number-format.ts'

test.each([
  [null, 10],
  ['', 10],
  ['soon', 10],
  ['0', 0],
  ['off', 0],
  ['-5', 10],
  ['1e9', 10],
  ['1', 1],
  ['3600', 3600],
])('?refresh=%s renews every %d seconds', (asked, expected) => {
  expect(refreshSeconds(asked)).toBe(expected)
})

test('whatever is put into a template is text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const inner = /^<b title="([^"]*)">([^<]*)<\/b>$/s.exec(html`<b title="${value}">${value}</b>`.text)
      expect(inner?.[1]).toBe(inner?.[2])
      const back = (inner?.[1] ?? '').replaceAll(/&(\w+|#39);/g, (entity) => ENTITIES[entity] ?? '?')
      expect(back).toBe(value)
    }),
  )
})

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}

test('parts that are HTML stay what they are', () => {
  const items = ['a', 'b & c'].map((item) => html`<i>${item}</i>`)
  expect(html`<b>${items}</b>`.text).toBe('<b><i>a</i><i>b &amp; c</i></b>')
})

test.each([
  [decimal(0), '0'],
  [decimal(0.31249), '0.312'],
  [decimal(-12.345), '-12.3'],
  [decimal(0.00004), '4.0e-5'],
  [decimal(Infinity), '∞'],
  [count(1_234_567), '1\u202f234\u202f567'],
  [percent(0), '0 %'],
  [percent(0.0004), '< 0.1 %'],
  [percent(0.0123), '1.2 %'],
  [percent(1), '100 %'],
  [age(0.2), 'less than 1 s'],
  [age(90), '90 s'],
  [age(600), '10 min'],
  [age(9000), '2.5 h'],
  [age(400_000), '5 days'],
])('a person reads %s', (actual, expected) => {
  expect(actual).toBe(expected)
})

test('a plot without live rows says so, and never divides by zero', () => {
  expect(distributionPlot([], 'age').text).toContain('no live rows yet')
  const bin = { label: 'le_1', baselineRatio: 1, total: 0 }
  expect(distributionPlot([bin], 'age').text).toContain('no live rows yet')
  expect(distributionPlot([{ ...bin, baselineRatio: 0, total: 5 }], 'age').text).not.toContain('NaN')
})

test('bars are as high as their shares, the largest fills the plot', () => {
  const { text } = distributionPlot(
    [
      { label: 'low', baselineRatio: 0.5, total: 75 },
      { label: 'high', baselineRatio: 0.5, total: 25 },
    ],
    'risk',
  )
  const heights = (kind: string): number[] =>
    [...(new RegExp(`class="${kind}" d="([^"]*)"`).exec(text)?.[1] ?? '').matchAll(/v-([\d.]+)/g)].map(
      ([, height]) => Number(height),
    )
  const [liveLow, liveHigh] = heights('live')
  const [baselineLow, baselineHigh] = heights('baseline')
  expect(liveLow).toBe(34)
  expect(liveHigh).toBeCloseTo(34 / 3, 1)
  expect(baselineLow).toBeCloseTo((34 * 2) / 3, 1)
  expect(baselineHigh).toBe(baselineLow)
})
