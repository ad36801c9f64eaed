/** Which lists hold the rows, and which members name the model: small bodies as people write them. */
import { describe, expect, test } from 'vitest'
import { learn, type Structure } from '../../../src/records/structure/learn.ts'
import { leavesOf, type Node } from '../../../src/records/structure/node.ts'
import { selectorsFor } from '../../../src/records/structure/selectors-for.ts'
import { randomSource } from '../../support/rows.ts'

type Body = Readonly<Record<string, unknown>> | readonly unknown[]

const random = randomSource(13)
const numbers = (length: number): number[] => Array.from({ length }, random)
const one = <Value>(...values: readonly Value[]): Value =>
  values[Math.floor(random() * values.length)] as Value
const scores = (): number[] => {
  const first = Math.round(1000 * random()) / 1000
  return [first, 1 - first]
}

function learned(samples: number, call: () => readonly [Body, Body]): Structure {
  const calls = Array.from({ length: samples }, call)
  return learn(
    calls.map(([request, response]) => ({ request, response })),
    { nowEpochMs: Date.UTC(2026, 0, 1), maxColumns: 200 },
  )
}

/** Names of the columns; with a star where each row has its own value. */
const columns = (side: Node): string[] =>
  [...leavesOf(side)]
    .filter(({ leftOut }) => leftOut === undefined)
    .map(({ name, level }) => (level === 'row' ? `${name}*` : name))

describe.each([1, 20])('lists of scalars go with lists of scores, learned from %i calls', (samples) => {
  test.each([1, 2, 5])('batches of %i rows', (rows) => {
    const each = <Value>(make: () => Value): Value[] => Array.from({ length: rows }, make)
    const { request, response } = learned(samples, () => [
      { data: each(() => numbers(3)) },
      { prediction: each(() => one('good', 'bad')), probability: each(scores) },
    ])
    expect(columns(request)).toEqual(['data_0*', 'data_1*', 'data_2*'])
    expect(columns(response)).toEqual(['prediction*', 'probability_0*', 'probability_1*'])
  })

  test('in different objects', () => {
    const { response } = learned(samples, () => [
      [numbers(3), numbers(3)],
      { result: { class: [one(0, 1), one(0, 1)] }, details: { scores: [scores(), scores()] } },
    ])
    expect(columns(response)).toEqual(['class*', 'scores_0*', 'scores_1*'])
  })

  test('a class that never comes is a prediction all the same', () => {
    const { response } = learned(samples, () => [
      [numbers(3), numbers(3)],
      { prediction: [0, 0], probability: [scores(), scores()] },
    ])
    expect(columns(response)).toEqual(['prediction*', 'probability_0*', 'probability_1*'])
  })

  test('names of classes, sizes and numbers of rows do not', () => {
    const { request, response } = learned(samples, () => [
      { columns: ['age', 'income'], index: [0, 1], data: [numbers(2), numbers(2)] },
      {
        classes: ['good', 'bad'],
        shape: [2, 2],
        prediction: [one('good', 'bad'), one('good', 'bad')],
        probability: [scores(), scores()],
      },
    ])
    expect(columns(request)).toEqual(['age*', 'income*'])
    expect(columns(response)).toEqual(['prediction*', 'good*', 'bad*'])
  })

  test('a list of one in a row is no list of rows', () => {
    const { request, response } = learned(samples, () => [
      { records: [{ age: random(), tags: [one('x', 'y')] }] },
      { predictions: [{ label: one('a', 'b'), reasons: [one('r', 's')] }] },
    ])
    expect(columns(request)).toEqual(['age*', 'tags*'])
    expect(columns(response)).toEqual(['label*', 'reasons*'])
  })
})

test('a list of the request goes with the rows beside it; a parameter elsewhere is said for all', () => {
  const { request } = learned(20, () => [
    { rows: [numbers(2), numbers(2)], weights: numbers(2), options: { range: numbers(2) } },
    { scores: numbers(2) },
  ])
  expect(columns(request)).toEqual(['rows_0*', 'rows_1*', 'weights*', 'options.range_0', 'options.range_1'])
})

describe.each([1, 20])('an object about the model gives the labels, learned from %i calls', (samples) => {
  test.each([
    ['model', { name: 'credit', version: '7' }, '$.model.name', '$.model.version'],
    ['model', { id: 'credit', revision: 7, trees: 100 }, '$.model.id', '$.model.revision'],
    ['servedModel', { title: 'credit', version: 7 }, '$.servedModel.title', '$.servedModel.version'],
    ['model_info', { name: 'credit', framework: 'xgboost' }, '$.model_info.name', undefined],
  ])('%s %o', (member, object, name, version) => {
    const { response, ...structure } = learned(samples, () => [
      { age: random() },
      { [member]: object, score: random(), label: one('a', 'b') },
    ])
    expect([structure.model?.path, structure.version?.path]).toEqual([name, version])
    expect(columns(response)).toEqual(['score', 'label'])
  })

  test.each(['api_version', 'apiInfo', 'sdk'])('the version in %s is not that of the model', (member) => {
    const { response, version } = learned(samples, () => [
      { age: random() },
      { score: random(), meta: { [member]: { version: '1' } } },
    ])
    expect(version).toBeUndefined()
    if (samples > 1) expect(columns(response)).toEqual(['score'])
  })

  test('an answer in it stays', () => {
    const { response, model } = learned(samples, () => [
      { age: random() },
      { model: { name: 'credit', prediction: random() } },
    ])
    expect(model?.path).toBe('$.model.name')
    expect(columns(response)).toEqual(['model.prediction'])
  })

  test('a name in another object is an answer', () => {
    const { response, model } = learned(samples, () => [
      { age: random() },
      { species: { name: one('cat', 'dog') }, score: random() },
    ])
    expect(model).toBeUndefined()
    expect(columns(response)).toEqual(['species.name', 'score'])
  })
})

test('the model of the car that a request is about is a feature', () => {
  const { request, model } = learned(20, () => [
    { car: { model: one('golf', 'polo'), year: one(1999, 2004) } },
    { price: random() },
  ])
  expect(model).toBeUndefined()
  expect(columns(request)).toEqual(['car.model', 'car.year'])
})

test('the selectors that are proposed have all lists of rows', () => {
  const structure = learned(20, () => [
    { data: [numbers(2), numbers(2)] },
    { result: { prediction: [one(0, 1), one(0, 1)] }, probability: [scores(), scores()] },
  ])
  expect(selectorsFor(structure)).toEqual({
    features: '$.data[*]',
    predictions: { prediction: '$.result.prediction[*]', probability: '$.probability[*]' },
  })
})

describe('one score for the call beside lists', () => {
  test('lists that are equally long by chance and have no prediction do not hide the score', () => {
    const { request, response } = learned(20, () => [
      { amount: random(), payment_methods: [{ type: one('card', 'cash') }] },
      { scores: { payment_abuse: { score: random(), reasons: [{ name: 'devices' }] } } },
    ])
    expect(columns(response)).toContain('scores.payment_abuse.score')
    expect(columns(request)).toContain('amount')
  })

  test('rows with a prediction stay rows, also with a number for the call beside them', () => {
    const { response } = learned(20, () => [
      { items: [{ age: random() }, { age: random() }] },
      { scores: [{ value: random() }, { value: random() }], total: random() },
    ])
    expect(columns(response)).toEqual(['value*'])
  })
})
