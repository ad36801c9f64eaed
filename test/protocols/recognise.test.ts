import { expect, test } from 'vitest'
import { recognise } from '../../src/protocols/index.ts'
import { decodingFor, makeCall } from './make-call.ts'

test.each([
  ['GET', '/v2/health/ready', 'health', '', ''],
  ['GET', '/healthz', 'health', '', ''],
  ['GET', '/ping?x=1', 'health', '', ''],
  ['GET', '/v2/models/iris/ready', 'health', 'iris', ''],
  ['GET', '/v2/models/iris/versions/3/ready', 'health', 'iris', '3'],
  ['GET', '/v2/models/iris', 'metadata', 'iris', ''],
  ['GET', '/v1/models/half/versions/7/metadata', 'metadata', 'half', '7'],
  ['GET', '/v1/models', 'metadata', '', ''],
  ['GET', 'http://127.0.0.1:8080/metrics', 'metadata', '', ''],
  ['POST', '/v2/repository/index', 'metadata', '', ''],
])('%s %s is %s', (method, target, operation, model, version) => {
  expect(recognise(makeCall({ method, target }))).toEqual({
    protocol: undefined,
    recognition: { operation, model, version },
  })
})

test.each([
  ['POST', '/v2/models/a%20b/infer', 'oip-v2', 'a b'],
  ['POST', '/v1/models/100%25:predict', 'kserve-v1', '100%'],
  ['POST', '/v1/models/100%:predict', 'kserve-v1', '100%'],
])('%s %s belongs to %s', (method, target, protocol, model) => {
  const recognised = recognise(makeCall({ method, target }))
  expect(recognised?.protocol?.name).toBe(protocol)
  expect(recognised?.recognition.model).toBe(model)
})

test.each([
  ['GET', '/v2/models/iris/infer'],
  ['GET', '/v1/models/iris:predict'],
  ['POST', '/v1/models/iris:delete'],
  ['POST', '/v2/models//infer'],
  ['POST', '/anything'],
  ['OPTIONS', '*'],
])('%s %s belongs to none', (method, target) => {
  expect(recognise(makeCall({ method, target }))).toBeUndefined()
})

test('only the configured protocol takes calls', () => {
  const options = { protocol: 'oip-v2' }
  const { protocols } = decodingFor(options)
  expect(recognise(makeCall({ target: '/v1/models/iris:predict' }), protocols)).toBeUndefined()
  expect(recognise(makeCall({ target: '/v2/models/iris/infer' }), protocols)?.protocol?.name).toBe('oip-v2')
})

test('selectors take no call whose request they do not match', () => {
  const options = { selectors: { features: '$.customer' } }
  const body = (value: unknown) => ({ request: { body: JSON.stringify(value) }, target: '/x', options })
  expect(recognise(makeCall(body({ customer: { age: 3 } })))?.protocol?.name).toBe('freeform')
  expect(recognise(makeCall(body({ user: 'a', password: 'b' })))).toBeUndefined()
})

test('a guess is made only where nobody said better', () => {
  const recogniseWith = (options: unknown) =>
    recognise(
      makeCall({
        target: '/score',
        request: { body: '{"age": 30}' },
        response: { body: '{"score": 0.5}' },
        options,
      }),
      decodingFor(options).protocols,
    )
  expect(recogniseWith({})?.protocol?.name).toBe('guess')
  expect(recogniseWith({ guess: false })).toBeUndefined()
  expect(recogniseWith({ selectors: { features: '$.customer' } })).toBeUndefined()
})

test.each([
  ['a login', '{"user": "a", "password": "b"}', '{"token": "c"}'],
  ['an answer in text', '{"a": 1}', '"ok"'],
  ['a receipt', '{"order": 7}', '{"request_id": "4c1f0a9b-3c5e-4a55-9d0a-0f5c6f6f2a11", "status": "queued"}'],
  ['an empty object', '{}', '1'],
  ['an empty list', '[]', '[]'],
  ['a ragged table', '[[1, 2], [3]]', '[1, 2]'],
  ['a table beside other members', '{"points": [[1, 2], [3, 4]], "name": "a"}', '[1, 2]'],
  ['a table that is answered by nested JSON', '[[1, 2], [3, 4]]', '[{"a": {}}, {"a": {}}]'],
])('%s is not guessed to be a prediction', (_, request, response) => {
  const call = makeCall({ target: '/x', request: { body: request }, response: { body: response } })
  expect(recognise(call)).toBeUndefined()
})
