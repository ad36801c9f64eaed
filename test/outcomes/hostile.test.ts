/** Outcomes that nobody should send: bounded, counted, and answered so that the sender knows what is wrong. */
import { expect, test } from 'vitest'
import { takeOutcomes } from '../../src/outcomes/take-outcomes.ts'
import { makeOutcomes } from './make-outcomes.ts'

// A million take 12 s and end alike.
test('two hundred thousand unknown ids: ten thousand wait, the others are unknown at once, and all are in the end', async () => {
  const { outcomes, clock } = makeOutcomes()
  const before = process.memoryUsage().heapUsed
  const sums: Record<string, number> = {}
  for (let body = 0; body < 2; body += 1) {
    const lines = Array.from({ length: 100_000 }, (_, id) => `{"id":"nobody-${body}-${id}","label":1}`)
    const { results, taken, errors } = await takeOutcomes(outcomes, lines.join('\n'))
    expect({ taken, errors }).toEqual({ taken: 100_000, errors: [] })
    for (const [result, count] of Object.entries(results)) sums[result] = (sums[result] ?? 0) + count
  }
  expect(sums).toEqual({ waiting: 10_000, unknown: 190_000 })
  expect(outcomes.snapshot().store.waitingLabels).toBe(10_000)
  clock.advance(11_000)
  await outcomes.tick()
  expect(outcomes.results.unknown).toBe(200_000)
  expect(outcomes.snapshot().store.waitingLabels).toBe(0)
  // Garbage of the last bodies included.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(512 * 2 ** 20)
})

test.each([
  ['{"id":"a","label":null}', 'neither "label"'],
  ['{"id":"a","label":{"x":{}}}', 'an object'],
  ['{"id":"a","label":[[1]]}', 'a list'],
  ['{"id":["a"],"label":1}', '"id" is a list'],
  [`{"id":"${'x'.repeat(300)}","label":1}`, 'at most 256'],
  ['{"id":"a","label":1,"time":"soon"}', 'ISO 8601'],
  ['{"id":"a","kpi":"revenue","value":"much"}', 'allowed: a number'],
  ['{"id":"a","row":-1,"label":1}', '"row" is -1'],
  ['{"id":"a","lable":1}', '"lable" is not a key'],
  ['{"prediction":[1,2],"label":[1]}', '2 predictions and 1 labels'],
  [`{"id":"a","label":"${'y'.repeat(5_000)}"}`, 'a text of 5000 characters'],
  ['[1, 2]', 'not a JSON object'],
  ['a,b\n1,2', 'label'],
  ['"text"', ''],
])('%s is refused with a reason', async (body, reason) => {
  const { outcomes } = makeOutcomes()
  const { broken, errors, taken } = await takeOutcomes(outcomes, body)
  expect(taken).toBe(0)
  expect(broken).toBeGreaterThan(0)
  expect(errors[0]?.reason).toContain(reason)
  expect(outcomes.results.invalid).toBe(broken)
})

test('a hundred broken lines are told, a thousand are counted', async () => {
  const { outcomes } = makeOutcomes()
  const { broken, errors } = await takeOutcomes(outcomes, `{"id":"a"}\n`.repeat(1_000))
  expect([broken, errors.length, errors.at(-1)?.line]).toEqual([1_000, 100, 100])
})

test('a flood of classes ends as "other", and names that could forge a label stay out', async () => {
  const { outcomes } = makeOutcomes()
  const lines = Array.from({ length: 500 }, (_, n) =>
    JSON.stringify({ prediction: 'a', label: `class ${n}` }),
  )
  lines.push(
    JSON.stringify({ prediction: 'a', label: '__proto__' }),
    JSON.stringify({ prediction: 'constructor', label: 'a' }),
  )
  await takeOutcomes(outcomes, lines.join('\n'))
  const [output] = outcomes.snapshot(true).outputs
  if (output?.task !== 'classification') throw new Error('no classification')
  expect(new Set(output.cells.map(({ actual }) => actual)).size).toBeLessThanOrEqual(21)
  expect(output.cells.reduce((sum, { count }) => sum + count, 0)).toBe(502)
  expect(output.remarks.class_limit).toBeGreaterThan(400)
})

test('numbers whose labels turn into texts are of the wrong type, and spoil nothing', async () => {
  const { outcomes } = makeOutcomes({ minSamples: 10 })
  const numbers = Array.from({ length: 60 }, (_, n) => JSON.stringify({ prediction: n + 0.5, label: n }))
  await takeOutcomes(outcomes, numbers.join('\n'))
  await takeOutcomes(outcomes, '{"prediction":1.5,"label":"late"}')
  expect(outcomes.results).toMatchObject({ self_contained: 60, wrong_type: 1 })
  const [output] = outcomes.snapshot(true).outputs
  expect(output?.windows[0]?.metrics.find(({ metric }) => metric === 'mae')?.value).toBeCloseTo(0.5, 12)
})
