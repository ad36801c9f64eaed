import { expect, test } from 'vitest'
import { parseSample, parseSamples } from '../../src/lib/prometheus-text.ts'

test.each([
  ['up 1', { name: 'up', labels: {}, value: 1 }],
  ['a:b_total{} 3.5e-07', { name: 'a:b_total', labels: {}, value: 3.5e-7 }],
  ['x{le="+Inf",} +Inf 1700000000000', { name: 'x', labels: { le: '+Inf' }, value: Infinity }],
  ['x -Inf', { name: 'x', labels: {}, value: -Infinity }],
  ['x NaN', { name: 'x', labels: {}, value: Number.NaN }],
  [
    String.raw`x{a="} 1",b="\"q\"",c="line\nfeed",d="back\\slash"} 7`,
    { name: 'x', labels: { a: '} 1', b: '"q"', c: 'line\nfeed', d: 'back\\slash' }, value: 7 },
  ],
  ['x_bucket{le="1"} 4 # {trace_id="abc"} 0.3 1700.5', { name: 'x_bucket', labels: { le: '1' }, value: 4 }],
  ['x{class="größer, als"} 1', { name: 'x', labels: { class: 'größer, als' }, value: 1 }],
])('%s', (line, sample) => {
  expect(parseSample(line)).toEqual(sample)
})

test.each(['', 'x', 'x{', 'x{a=b} 1', 'x{a="b} 1', '1x 1', 'x one', 'x 1 2 3', '{a="b"} 1'])(
  'no sample: %s',
  (line) => {
    expect(parseSample(line)).toBeUndefined()
  },
)

test('comments and broken lines are left out, the order is kept', () => {
  expect(parseSamples('# HELP b x\n# TYPE b counter\nb 2\nbroken\n\na 1\n').map(({ name }) => name)).toEqual([
    'b',
    'a',
  ])
})
