/** `{"data": rows}` to `/score` is not always Azure's. */
import { expect, test } from 'vitest'
import { recognise } from '../../src/protocols/index.ts'
import { decodingFor, makeCall } from './make-call.ts'

const JSON_BODY = { 'content-type': 'application/json' }

const protocolOf = (answer: unknown, status = 200): string | undefined => {
  const call = makeCall({
    target: '/score',
    status,
    request: { headers: JSON_BODY, body: '{"data":[[1,2],[3,4]]}' },
    response: { headers: JSON_BODY, body: JSON.stringify(answer) },
  })
  return recognise(call, decodingFor().protocols)?.protocol?.name
}

test.each([
  [[0.1, 0.2]],
  ['[0.1, 0.2]'],
  [{ result: [0, 1] }],
  [{ Results: { output: [0, 1] } }],
  [{ out: [0, 1] }],
])('azure-ml answers %j', (answer) => {
  expect(protocolOf(answer)).toBe('azure-ml')
})

test.each([
  [
    {
      prediction: ['a', 'b'],
      probability: [
        [0.9, 0.1],
        [0.2, 0.8],
      ],
    },
  ],
  [{ score: 0.5, label: 'good' }],
  [{ model: { name: 'credit', version: '7' }, scores: [0.1, 0.2], classes: [0, 1] }],
])('another server answers %j, and its structure is learned', (answer) => {
  expect(protocolOf(answer)).toBe('guess')
})
