/** Lists of equal length on both sides that are no rows, texts with a unit, and times beside an answer. */
import { expect, test } from 'vitest'
import { learn, type Structure } from '../../../src/records/structure/learn.ts'
import { leavesOf, type Node } from '../../../src/records/structure/node.ts'
import { areQuantities, quantityOf } from '../../../src/records/structure/quantity.ts'
import { randomSource } from '../../support/rows.ts'

const random = randomSource(5)
const number = (): number => Math.round(10_000 * random()) / 100
const one = (...values: readonly string[]): string => values[Math.floor(random() * values.length)] as string

const learned = (call: () => readonly [unknown, unknown], options = {}): Structure =>
  learn(
    Array.from({ length: 20 }, call).map(([request, response]) => ({ request, response })),
    { nowEpochMs: Date.UTC(2026, 0, 1), maxColumns: 200, ...options },
  )
const columns = (side: Node): string[] =>
  [...leavesOf(side)]
    .filter(({ leftOut }) => leftOut === undefined)
    .map(({ name, level }) => `${level} ${name}`)

test('names and values are the columns of one row, also where the answer has as many', () => {
  const { request, response } = learned(() => [
    {
      inputs: [
        { name: 'LOAN', value: number() },
        { name: 'REASON', value: one('a', 'b') },
      ],
    },
    {
      version: 2,
      links: [],
      outputs: [
        { name: 'P', value: number() },
        { name: 'LABEL', value: one('x', 'y') },
      ],
    },
  ])
  expect(columns(request)).toEqual(['call inputs.LOAN', 'call inputs.REASON'])
  expect(columns(response)).toEqual(['call outputs.P', 'call outputs.LABEL'])
})

test('persons with a name and as many answers are rows', () => {
  const { request } = learned(() => [
    {
      people: [
        { name: one('Ann', 'Bob', 'Eve'), age: number() },
        { name: one('Ann', 'Bob', 'Eve'), age: number() },
      ],
    },
    { scores: [{ p: number() }, { p: number() }] },
  ])
  expect(columns(request)).toEqual(['row name', 'row age'])
})

test('arms that never change are no rows, and what is said once stays', () => {
  const { request, response } = learned(() => [
    { age: number(), arms: ['A', 'B'] },
    {
      chosen: one('A', 'B'),
      arms: [
        { arm: 'A', p: number() },
        { arm: 'B', p: number() },
      ],
    },
  ])
  expect(columns(request)).toContain('call age')
  expect(columns(response)).toEqual(['call chosen', 'call arms.A', 'call arms.B'])
})

test('one call that is repeated still has its rows', () => {
  const { request } = learned(() => [
    {
      instances: [
        { id: 'a', x: 4 },
        { id: 'b', x: 9 },
      ],
    },
    { predictions: [0.1, 0.2] },
  ])
  expect(columns(request)).toEqual(['row id', 'row x'])
})

test('times beside an answer are those of the call, and alone they are the answer', () => {
  const beside = learned(() => [{ x: number() }, { data: { label: one('a', 'b') }, duration: random() }])
  expect(columns(beside.response)).toEqual(['call data.label'])
  const alone = learned(() => [{ x: number() }, { distance: number(), duration: number() }])
  expect(columns(alone.response)).toEqual(['call distance', 'call duration'])
})

test('a path that records something needs an answer', () => {
  const options = { needsAnswer: true }
  expect(learned(() => [{ x: number() }, { stored: Math.floor(number()) }], options).isPrediction).toBe(false)
  expect(learned(() => [{ x: number() }, { tags: { tree: number() } }], options).isPrediction).toBe(true)
})

test.each([
  ['97.5%', 97.5],
  ['$ 1,200.50', 1200.5],
  ['160s', 160],
  ['-3 °C', -3],
  ['12', 12],
  ['R12', Number.NaN],
  ['12 or 13', Number.NaN],
  [12, Number.NaN],
])('%s is the quantity %f', (value, expected) => {
  expect(quantityOf(value)).toBe(expected)
})

test('quantities have one unit and some different numbers', () => {
  const percents = ['1%', '2%', null, '3%', '4%', '5.5%']
  expect(areQuantities(percents)).toBe(true)
  expect(areQuantities([...percents, '5 s'])).toBe(false)
  expect(areQuantities(['4G', '5G', '4G'])).toBe(false)
  expect(areQuantities(['1', '2', '3', '4', '5'])).toBe(false)
})
