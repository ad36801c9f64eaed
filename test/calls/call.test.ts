/** One object is every call: nothing that was found out of one is told of the next. */
import { expect, test } from 'vitest'
import { type Call, ReusableCall } from '../../src/calls/call.ts'
import { parseJson } from '../../src/formats/json.ts'
import { recognise } from '../../src/protocols/index.ts'
import { RecordBatch } from '../../src/records/record-batch.ts'
import { makeCall } from '../protocols/make-call.ts'
import { readColumns } from '../protocols/read-batch.ts'

/** All that is told of a call. */
function told(call: Call) {
  const recognised = recognise(call)
  const batch = new RecordBatch(10)
  const result = recognised?.protocol?.decode(call, batch)
  return {
    name: recognised?.protocol?.name,
    recognition: recognised?.recognition,
    result,
    facts: recognised?.protocol?.generation?.(call),
    features: readColumns(batch.features, batch.rows),
    predictions: readColumns(batch.predictions, batch.rows),
  }
}

const answer = (content: string, tokens: number): string =>
  JSON.stringify({ choices: [{ message: { content } }], usage: { completion_tokens: tokens } })
const chat = (content: string, tokens: number) =>
  makeCall({
    target: '/v1/chat/completions',
    request: { body: '{"model":"m","messages":[]}' },
    response: { body: answer(content, tokens) },
  })
const csv = (body: string, predictions: string) =>
  makeCall({
    target: '/invocations',
    request: { headers: { 'content-type': 'text/csv' }, body },
    response: { body: predictions },
  })

test.each([
  ['generated answers', [chat('one', 1), chat('one two three', 3)]],
  ['invocations', [csv('1,2', '[0.5]'), csv('a,b\n3,4\n5,6', '{"predictions":[1,2]}')]],
])('%s', (_, calls) => {
  const [{ settings }] = calls as [Call]
  const reused = new ReusableCall(settings, { request: parseJson, response: parseJson })
  for (const call of calls) expect(told(reused.begin(call.exchange))).toEqual(told(call))
})
