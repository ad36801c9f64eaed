import { expect, test } from 'vitest'
import { BaselineFit, tellLimits } from '../../src/analysis/baseline-fit.ts'
import { fullMessage, type MonitorEvent } from '../../src/analysis/monitor-event.ts'
import { baselineOf } from '../support/baseline.ts'
import { batchOf, type Row } from '../support/rows.ts'

const baseline = baselineOf({
  features: Array.from({ length: 2_000 }, (_, i) => ({ a: i, b: i % 3, c: 'x' })),
  predictions: Array.from({ length: 2_000 }, (_, i) => ({ p: i, a: i })),
})

function setUp() {
  const told: Pick<MonitorEvent, 'kind' | 'message' | 'names' | 'details'>[] = []
  const fit = new BaselineFit(baseline, (event) => told.push(event))
  const send = (feature: Row, rows = 1, prediction: Row = { p: 1, a: 1 }): void => {
    for (let i = 0; i < rows; i += 1) fit.accept(batchOf([feature], [prediction]))
  }
  return { fit, send, messages: () => told.map((event) => `${event.kind}: ${fullMessage(event)}`) }
}

test('nothing is told of traffic that fits', () => {
  const { fit, send, messages } = setUp()
  send({ a: 1, b: 1, c: 'x' }, 2_000)
  expect(messages()).toEqual([])
  expect(fit.extra).toEqual([])
})

test('absent columns are told once, by side, after a thousand rows', () => {
  const { send, messages } = setUp()
  send({ a: 1 }, 999)
  expect(messages()).toEqual([])
  send({ a: 1 }, 2_000, { p: 1 })
  expect(messages()).toEqual([
    'columns-never-seen: features of the baseline that have not come in 1000 rows: b, c',
  ])
})

test('a column that came once is not absent', () => {
  const { send, messages } = setUp()
  send({ a: 1, b: 1, c: 'x' })
  send({ a: 1 }, 2_000)
  expect(messages()).toEqual([])
})

test('the same name is told apart by side', () => {
  const { fit, send } = setUp()
  send({ a: 1, b: 1, c: 'x', p: 1 })
  expect(fit.extra).toEqual([{ role: 'feature', name: 'p' }])
})

test('what a baseline cannot support is one line, however many columns', () => {
  const told: string[] = []
  const rows = Array.from({ length: 20 }, (_, i) =>
    Object.fromEntries(Array.from({ length: 30 }, (_column, c) => [`c${c}`, i === 0 ? c : c])),
  )
  tellLimits(baselineOf({ features: rows }), (event) => told.push(fullMessage(event)))
  expect(told).toHaveLength(1)
  expect(told[0]).toMatch(/^the baseline has limits; .*: 20 rows are few.*, and 22 more$/)
})
