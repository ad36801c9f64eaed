/** One model asked in two protocols has one set of columns. */
import { expect, test } from 'vitest'
import { ManualClock } from '../../src/lib/clock.ts'
import { recognise } from '../../src/protocols/index.ts'
import { RecordBatch } from '../../src/records/record-batch.ts'
import { decodingFor, makeCall } from '../protocols/make-call.ts'
import { newRegistry } from '../support/model-registry.ts'
import { randomSource } from '../support/rows.ts'

const LEARNED = 400
const JSON_BODY = { 'content-type': 'application/json' }

function setUp(parts?: readonly unknown[]) {
  const clock = new ManualClock()
  const registry = newRegistry(clock, LEARNED)
  if (parts !== undefined) registry.restore(parts as Parameters<typeof registry.restore>[0])
  const random = randomSource(5)
  const batch = new RecordBatch(20)
  const send = (target: string, request: unknown, response: unknown): void => {
    clock.advance(1)
    const call = makeCall({
      target,
      request: { headers: JSON_BODY, body: JSON.stringify(request) },
      response: { headers: JSON_BODY, body: JSON.stringify(response) },
    })
    const protocol = recognise(call, decodingFor().protocols)?.protocol
    protocol?.decode(call, batch)
    registry.monitor('iris', '', protocol?.name ?? '').accept(batch)
  }
  const row = (): number[] => [random(), 10 + random(), 20 + random()]
  return {
    registry,
    random,
    /** As KServe's SDK takes and answers it. */
    v1: (values = row()) =>
      send(
        '/v1/models/iris:predict',
        { instances: [values] },
        { predictions: [(values[0] ?? 0) > 0.5 ? 1 : 0] },
      ),
    v2: (values = row()) =>
      send(
        '/v2/models/iris/infer',
        { inputs: [{ name: 'input-0', shape: [1, 3], datatype: 'FP64', data: [values] }] },
        {
          model_name: 'iris',
          outputs: [
            { name: 'output-0', shape: [1], datatype: 'INT64', data: [(values[0] ?? 0) > 0.5 ? 1 : 0] },
          ],
        },
      ),
    row,
    columns: () => registry.snapshot()[0]?.columns.map(({ name }) => name),
    missing: () => registry.snapshot()[0]?.columns.map(({ values }) => values.missing),
    psi: () =>
      new Map(
        registry
          .snapshot()[0]
          ?.columns.map(({ name, windows: [window] }) => [
            name,
            window?.scores.find(({ statistic }) => statistic === 'psi')?.value ?? NaN,
          ]),
      ),
  }
}

test.each(['v1', 'v2'] as const)('asked in turns, first by %s', (first) => {
  const { columns, missing, registry, ...ask } = setUp()
  const second = first === 'v1' ? 'v2' : 'v1'
  for (let turn = 0; turn < 2 * LEARNED; turn += 1) ask[turn % 2 === 0 ? first : second]()
  const names = {
    v1: ['feature_0', 'feature_1', 'feature_2', 'prediction'],
    v2: ['input-0_0', 'input-0_1', 'input-0_2', 'output-0'],
  }
  expect(columns()?.toSorted()).toEqual(names[first])
  expect(missing()).toEqual([0, 0, 0, 0])
  expect(registry.snapshot()[0]?.predictionRows).toBe(2 * LEARNED)
})

test('a change of the mixture is no drift, a shift in one feature is, whichever way it comes', () => {
  const { v1, v2, row, columns, missing, psi } = setUp()
  for (let turn = 0; turn < LEARNED; turn += 1) v2()
  for (let turn = 0; turn < LEARNED; turn += 1) v1()
  expect(columns()?.toSorted()).toEqual(['input-0_0', 'input-0_1', 'input-0_2', 'output-0'])
  expect(missing()).toEqual([0, 0, 0, 0])
  for (const value of psi().values()) expect(value).toBeLessThan(0.1)
  for (let turn = 0; turn < LEARNED; turn += 1) {
    const [first = 0, second = 0, third = 0] = row()
    ;(turn % 3 === 0 ? v2 : v1)([first, second, third + 0.5])
  }
  expect(psi().get('input-0_2')).toBeGreaterThan(0.2)
  for (const name of ['input-0_0', 'input-0_1', 'output-0']) expect(psi().get(name)).toBeLessThan(0.1)
})

test('after a restart the names are those of the learned baseline', () => {
  const before = setUp()
  for (let turn = 0; turn < LEARNED + 10; turn += 1) before.v2()
  const { v1, missing, columns } = setUp([...before.registry.state()])
  for (let turn = 0; turn < 20; turn += 1) v1()
  expect(columns()?.toSorted()).toEqual(['input-0_0', 'input-0_1', 'input-0_2', 'output-0'])
  expect(missing()).toEqual([0, 0, 0, 0])
})

test('another number of columns is another set', () => {
  const { v1, v2, random, columns } = setUp()
  for (let turn = 0; turn < LEARNED; turn += 1) {
    if (turn % 2 === 0) v2()
    else v1([random(), random()])
  }
  v2()
  expect(columns()).toEqual(expect.arrayContaining(['input-0_0', 'feature_0', 'output-0']))
})

test.each([
  ['V1, which names no version, first', ['', '1']],
  ['V2 first', ['1', '']],
])('%s: one model is watched', (_, versions) => {
  const registry = newRegistry(new ManualClock(), LEARNED)
  const batch = new RecordBatch(2)
  for (const version of [...versions, ...versions]) {
    batch.begin(1)
    batch.features.column('x').setNumber(0, 1)
    registry.monitor('iris', version, version === '' ? 'kserve-v1' : 'oip-v2').accept(batch)
  }
  expect(registry.snapshot().map(({ version, predictionRows }) => [version, predictionRows])).toEqual([
    ['1', 4],
  ])
  registry.monitor('iris', '2', 'oip-v2')
  expect(registry.snapshot().map(({ version }) => version)).toEqual(['1', '2'])
})
