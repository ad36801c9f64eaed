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
