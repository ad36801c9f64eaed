/** What administers a server gives no row, no model and no baseline. */
import { expect, test } from 'vitest'
import { recognise } from '../../src/protocols/index.ts'
import { makeCall } from './make-call.ts'

const json = { 'content-type': 'application/json' }
const recognised = (target: string, request: unknown, answer: unknown) =>
  recognise(
    makeCall({
      target,
      request: { headers: json, body: JSON.stringify(request) },
      response: { headers: json, body: JSON.stringify(answer) },
    }),
  )

const unload = {
  model: 'llama3.2',
  created_at: '2024-09-12T03:54:03.516566Z',
  response: '',
  done: true,
  done_reason: 'unload',
}

test.each([
  ['/api/generate', { model: 'llama3.2', keep_alive: 0 }, unload],
  ['/api/generate', { model: 'llama3.2' }, { ...unload, done_reason: 'load' }],
  ['/api/chat', { model: 'llama3.2', messages: [], keep_alive: 0 }, unload],
  ['/api/pull', { model: 'llama3.2', stream: false }, { status: 'success' }],
  ['/api/show', { model: 'llama3.2' }, { license: 'x' }],
  ['/v2/repository/models/iris/load', { parameters: {} }, {}],
  ['/v1/load_lora_adapter', { lora_name: 'a', lora_path: '/x', lora_int_id: 3 }, { status: 'ok' }],
  ['/sleep', { level: 1 }, { status: 'ok' }],
])('%s %j is metadata', (target, request, answer) => {
  expect(recognised(target, request, answer)?.recognition.operation).toBe('metadata')
})

test.each([
  ['/rpc', { jsonrpc: '2.0', method: 'ping', id: 1 }, { jsonrpc: '2.0', result: 'pong', id: 1 }],
  ['/rpc', [{ jsonrpc: '2.0', method: 'ping', id: 1 }], [{ jsonrpc: '2.0', result: {}, id: 1 }]],
  ['/warm', { model: 'm', keep_alive: 300 }, { done: true, seconds: 0.2 }],
  ['/v9/auth/login', { user: 'x', pin: 1234 }, { token: 'y', expires: 3600 }],
  ['/settings', { threshold: 0.5 }, { threshold: 0.5 }],
  ['/submit', { job: 17 }, { status: 'accepted' }],
  ['/submit', { job: 17 }, { ok: true, request_id: 'r-1' }],
  ['/submit', { job: 17 }, { success: true, message: 'queued', code: 0 }],
])('%s %j is nothing that anybody learns from', (target, request, answer) => {
  expect(recognised(target, request, answer)).toBeUndefined()
})

test.each([
  ['/score-me', { age: 41 }, { result: 'approve' }],
  ['/score-me', { age: 41 }, { success: true, score: 0.4 }],
  ['/score-me', { age: 41 }, { result: 0.25, status: 'ok' }],
  ['/v1/assess', { age: 41 }, 0.4],
])('%s %j answered by %j stays a prediction', (target, request, answer) => {
  expect(recognised(target, request, answer)?.protocol?.name).toBe('guess')
})

test.each([
  ['/v1/models/iris%3Apredict', 'predict', 'iris'],
  ['/v1/models/iris%3apredict', 'predict', 'iris'],
  ['/v1/models/iris%3Aexplain', 'explain', 'iris'],
  ['/v1%2Dmodels/iris:predict', undefined, undefined],
  ['/%76%31/models/iris:predict', 'predict', 'iris'],
  ['/v1/models/a%2Fb%3Apredict', 'predict', 'a/b'],
  ['/v1/models/50%2525%3Apredict', 'predict', '50%25'],
  ['/v1/models/caf%C3%A9%3Apredict', 'predict', 'café'],
  ['/v1/models/bad%ZZ%3Apredict', 'predict', 'bad%ZZ'],
  ['/v2/models/iris/%69nfer', 'predict', 'iris'],
])('%s', (target, operation, model) => {
  const { recognition } = recognise(makeCall({ target, request: { body: '{}' } })) ?? {}
  expect(recognition?.operation).toBe(operation)
  expect(recognition?.model).toBe(model)
})
