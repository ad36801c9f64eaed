/** Bodies that are no JSON objects, as people send them with curl, pandas and requests. */
import { expect, test } from 'vitest'
import { requestValue, responseValue } from '../../src/calls/body-value.ts'
import { makeCall } from '../protocols/make-call.ts'

const asked = (target: string, type: string, body: string) =>
  requestValue(makeCall({ target, request: { headers: type === '' ? {} : { 'content-type': type }, body } }))
const answered = (type: string, body: string) =>
  responseValue(makeCall({ target: '/predict', response: { headers: { 'content-type': type }, body } }))

test('the query of a POST without a body', () => {
  expect(asked('/predict?age=41&plan=pro', '', '')).toEqual({ value: { age: '41', plan: 'pro' } })
  expect(asked('/predict?debug=1', 'application/json', '{"age": 41}')).toEqual({ value: { age: 41 } })
  expect(asked('/predict', 'application/json', '')).toEqual({ failure: 'empty' })
})

test('lines of JSON and of CSV are rows', () => {
  expect(asked('/score', 'application/x-ndjson', '{"a": 1}\n\n{"a": 2}\n')).toEqual({
    value: [{ a: 1 }, { a: 2 }],
  })
  expect(asked('/score', 'application/x-ndjson', '{"a": 1}\n{"a"')).toEqual({ failure: 'not-json' })
  expect(asked('/score', 'text/csv', 'age,plan\n41,pro\n30,\n')).toEqual({
    value: [
      { age: 41, plan: 'pro' },
      { age: 30, plan: null },
    ],
  })
  expect(asked('/score', 'text/csv', '5.1,3.5\n4.9,3.0')).toEqual({
    value: [
      [5.1, 3.5],
      [4.9, 3],
    ],
  })
})

test('texts: Flask calls JSON and classes text/html, and a page is neither', () => {
  expect(asked('/classify', 'text/plain', 'buy now')).toEqual({ value: 'buy now' })
  expect(answered('text/html; charset=utf-8', '{"p": 0.4}')).toEqual({ value: { p: 0.4 } })
  expect(answered('text/html; charset=utf-8', 'setosa\n')).toEqual({ value: 'setosa' })
  expect(answered('text/plain', '0.73')).toEqual({ value: 0.73 })
  expect(answered('text/html', '<!doctype html><p>0.4</p>')).toEqual({ failure: 'not-json' })
  expect(answered('application/xml', '<p>0.4</p>')).toEqual({ failure: 'not-json' })
})
