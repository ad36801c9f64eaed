import { expect, test } from 'vitest'
import { Learning } from '../../src/analysis/learning.ts'
import type { MonitorEvent } from '../../src/analysis/monitor-event.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { batchOf } from '../support/rows.ts'

function setUp(learn = { rows: 100, minDuration: 60_000 }) {
  const clock = new ManualClock()
  const events: MonitorEvent[] = []
  const make = (): Learning =>
    new Learning({
      ...{ model: 'm', version: '1', learn, clock },
      limits: { features: 10, categories: 10 },
      onEvent: (event) => events.push(event),
    })
  return { clock, events, make, learning: make() }
}

const batch = (rows: number) => batchOf(Array.from({ length: rows }, (_, i) => ({ a: i % 7 })))

test('both rows and time have to be reached', () => {
  const { clock, learning } = setUp()
  expect(learning.accept(batch(500))).toBeUndefined()
  clock.advance(59_999)
  expect(learning.accept(batch(1))).toBeUndefined()
  clock.advance(1)
  expect(learning.accept(batch(1))).toMatchObject({ rows: 502, durationSeconds: 60, source: 'live traffic' })
})

test('time without rows is not enough either', () => {
  const { clock, learning } = setUp()
  clock.advance(3_600_000)
  expect(learning.accept(batch(99))).toBeUndefined()
  expect(learning.progress).toEqual({ state: 'learning', rows: 99, targetRows: 100, ratio: 0.99 })
  expect(learning.accept(batch(1))).toBeDefined()
})

test('progress is told at each tenth of the slower of the two, once', () => {
  const { clock, events, learning } = setUp()
  for (let i = 0; i < 10; i += 1) {
    learning.accept(batch(50))
    clock.advance(6_000)
  }
  learning.accept(batch(1))
  const told = events.filter(({ kind }) => kind === 'learning-progress').map(({ message }) => message)
  expect(told).toHaveLength(9)
  expect(told[0]).toBe('10 % of the baseline is learned, about 54s left')
  expect(told.at(-1)).toBe('90 % of the baseline is learned, about 6s left')
  expect(events.at(-1)?.kind).toBe('baseline-frozen')
})

test('time and rows before a restart count', () => {
  const { clock, learning, make } = setUp()
  learning.accept(batch(60))
  clock.advance(40_000)
  const state = structuredClone(learning.state())
  clock.advance(1_000_000)
  const next = make()
  next.restore(state)
  expect(next.accept(batch(60))).toBeUndefined()
  clock.advance(20_000)
  expect(next.accept(batch(1))?.rows).toBe(121)
})
