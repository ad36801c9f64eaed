import { expect, test } from 'vitest'
import { ModelLabels, NO_MODEL, OTHER_MODEL } from '../../src/analysis/model-labels.ts'

const none = { model: undefined, version: undefined }

test('a pair becomes a label only by a successful request', () => {
  const labels = new ModelLabels(4, none)
  expect(labels.label('probe', '1', false)).toBe(OTHER_MODEL)
  expect(labels.label('credit', '1', true)).toEqual({ model: 'credit', version: '1' })
  expect(labels.label('credit', '1', false)).toEqual({ model: 'credit', version: '1' })
})

test('beyond the limit pairs collapse into one and are counted', () => {
  const labels = new ModelLabels(2, none)
  labels.label('a', '', true)
  labels.label('a', '2', true)
  expect(labels.label('b', '', true)).toBe(OTHER_MODEL)
  expect(labels.label('a', '2', true)).toEqual({ model: 'a', version: '2' })
  expect(labels.overLimit).toBe(1)
})

test('the configuration names win, and a nameless model is called default', () => {
  expect(new ModelLabels(2, none).label('', '', true).model).toBe('default')
  const fixed = new ModelLabels(2, { model: 'credit-risk', version: undefined })
  expect(fixed.label('path-name', '7', true)).toEqual({ model: 'credit-risk', version: '7' })
})

test('a call that names no version is of the version that another protocol named last', () => {
  const labels = new ModelLabels(3, none)
  const v1 = () => labels.label('iris', '', true, 'kserve-v1')
  const v2 = (version: string) => labels.label('iris', version, true, 'oip-v2')
  expect(v1().version).toBe('')
  expect(v2('1').version).toBe('1')
  expect(v1()).toBe(v2('1'))
  v2('2')
  expect(v1().version).toBe('2')
  v2('1')
  expect(v1().version).toBe('1')
  expect(labels.overLimit).toBe(0)
})

test('a canary that is named beside a stable version that is not stays another version', () => {
  const labels = new ModelLabels(3, none)
  const versions = ['', 'canary', ''].map(
    (version) => labels.label('credit', version, true, 'kserve-v1').version,
  )
  expect(versions).toEqual(['', 'canary', ''])
})

test('names that look alike when joined stay apart', () => {
  const labels = new ModelLabels(4, none)
  expect(labels.label('a|b', 'c', true)).not.toBe(labels.label('a', 'b|c', true))
})

test('a request that names no model is of no model until a nameless one has answered', () => {
  const labels = new ModelLabels(4, none)
  expect(labels.label('', '', false)).toBe(NO_MODEL)
  const nameless = labels.label('', '', true)
  expect(labels.label('', '', false)).toBe(nameless)
})

test('names too long for a label value are counted together', () => {
  const labels = new ModelLabels(4, none)
  expect(labels.label('x'.repeat(256), '1', true).version).toBe('1')
  expect(labels.label('x'.repeat(257), '1', true)).toBe(OTHER_MODEL)
  expect(labels.label('x', '1'.repeat(257), true)).toBe(OTHER_MODEL)
  expect(labels.overLimit).toBe(2)
  const fixed = new ModelLabels(4, { model: 'credit', version: undefined })
  expect(fixed.label('x'.repeat(257), '1', true).model).toBe('credit')
})

test('only models that are allowed are names', () => {
  const labels = new ModelLabels(8, { model: undefined, version: undefined, allowed: ['credit'] })
  expect(labels.label('credit', '1', true).model).toBe('credit')
  expect(labels.label('churn', '1', true)).toBe(OTHER_MODEL)
  // What no call names is the server's one model.
  expect(labels.label('', '', true).model).toBe('default')
  expect(labels.refused).toBe(1)
})

test.each([
  'ann@example.com',
  '10.0.0.7',
  '+49 30 1234567',
  'sk-proj-4f9cA7bQ21xZ09LmPq',
  'DE89370400440532013000',
])('a model that is called %s is no name', (name) => {
  const labels = new ModelLabels(8, { model: undefined, version: undefined })
  expect(labels.label(name, '', true)).toBe(OTHER_MODEL)
  expect(labels.refused).toBe(1)
})

test.each([
  ['resnet50', '1700000000'],
  ['bert-base-uncased-20240115093000', '1.2.3.4'],
  ['5f2b1c9e8d7a4b6f9e0d1c2b3a495867', '20240115'],
  ['meta-llama/Llama-3.1-8B-Instruct', ''],
])('%s, version %s, are names', (model, version) => {
  const labels = new ModelLabels(8, { model: undefined, version: undefined })
  expect(labels.label(model, version, true)).toEqual({ model, version })
})
