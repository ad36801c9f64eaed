/** Answers that say in their payload that a call failed, in the words of the servers that send them. */
import { expect, test } from 'vitest'
import { statedError } from '../../src/analysis/stated-error.ts'
import { answerErrorOf } from '../../src/calls/answer-error.ts'
import { recognise } from '../../src/protocols/index.ts'
import { type CallSpec, decodingFor, makeCall } from '../protocols/make-call.ts'

function outcomeOf(spec: CallSpec): string {
  const call = makeCall(spec)
  const decoder = recognise(call, decodingFor(spec.options).protocols)?.protocol
  return statedError(call, decoder)?.outcome ?? 'success'
}

const json = { 'content-type': 'application/json' }
const chat = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })

test.each([
  // A gateway, vLLM, an OpenAI-compatible proxy.
  ['/v1/chat/completions', chat, { error: { message: 'overloaded', code: 503 } }, 'server_error'],
  [
    '/v1/chat/completions',
    chat,
    { object: 'error', message: 'too long', type: 'BadRequestError', code: 400 },
    'client_error',
  ],
  [
    '/v1/chat/completions',
    chat,
    { error: { message: 'no', type: 'invalid_request_error', param: null, code: null } },
    'client_error',
  ],
  [
    '/v1/chat/completions',
    chat,
    {
      id: 'x',
      choices: [
        { index: 0, finish_reason: 'error', error: { code: 502, message: 'm' }, message: { content: '' } },
      ],
    },
    'server_error',
  ],
  [
    '/v1/responses',
    chat,
    {
      id: 'r',
      object: 'response',
      status: 'failed',
      error: { code: 'server_error', message: 'm' },
      output: [],
    },
    'server_error',
  ],
  [
    '/v1/messages',
    chat,
    { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    'server_error',
  ],
  [
    '/v1/messages',
    chat,
    { type: 'error', error: { type: 'not_found_error', message: 'model' } },
    'client_error',
  ],
  ['/api/chat', chat, { error: 'llama runner process has terminated' }, 'server_error'],
  // Triton, KServe V1, TensorFlow Serving, MLflow, Seldon, TorchServe, TEI, SageMaker.
  ['/v2/models/iris/infer', '{"inputs":[]}', { error: 'failed to run inference' }, 'server_error'],
  ['/v1/models/iris:predict', '{"instances":[[1]]}', { error: 'Could not find variable' }, 'server_error'],
  [
    '/v1/models/iris:predict',
    '{"instances":[[1]]}',
    { error: { code: 429, message: 'quota' } },
    'client_error',
  ],
  [
    '/invocations',
    '{"dataframe_records":[{"a":1}]}',
    { error_code: 'BAD_REQUEST', message: 'Failed to predict', stack_trace: 'Traceback' },
    'client_error',
  ],
  [
    '/invocations',
    '{"instances":[[1]]}',
    { message: 'Worker died', ErrorCode: 'INTERNAL_FAILURE', OriginalStatusCode: 500 },
    'server_error',
  ],
  [
    '/api/v1.0/predictions',
    '{"data":{"ndarray":[[1]]}}',
    { status: { code: -1, info: 'x', reason: 'MICROSERVICE_INTERNAL_ERROR', status: 'FAILURE' } },
    'server_error',
  ],
  [
    '/predictions/iris',
    '[1]',
    { code: 503, type: 'InternalServerException', message: 'Prediction failed' },
    'server_error',
  ],
  ['/embed', '{"inputs":"a"}', { error: 'Model is overloaded', error_type: 'Overloaded' }, 'server_error'],
  // Any application, by its own words.
  ['/score-me', '{"age":41}', { error: 'overloaded' }, 'server_error'],
  ['/score-me', '{"age":41}', { success: false, message: 'model not loaded' }, 'server_error'],
  ['/score-me', '{"age":41}', { status: 'error', msg: 'x' }, 'server_error'],
  ['/score-me', '{"age":41}', { errors: [{ message: 'x', code: 422 }], data: null }, 'client_error'],
  ['/score-me', '[{"age":41}]', [{ error: { message: 'x' } }], 'server_error'],
])('%s: %s is answered with %j', (target, body, answer, outcome) => {
  const spec = {
    target,
    request: { headers: json, body },
    response: { headers: json, body: JSON.stringify(answer) },
  }
  expect(outcomeOf(spec)).toBe(outcome)
})

test.each([
  ['an answer', { predictions: [1] }],
  ['no error', { error: null, score: 0.4 }],
  ['no error, and nothing else known', { error: null, result: 0.4 }],
  ['an empty error', { error: '', result: [] }],
  ['the error of a regression', { error: 0.03, message: 'ok' }],
  ['a class called error', { label: 'error' }],
  ['a status that is a class', { status: 'approved', code: 3 }],
  ['a message as an answer', { message: 'I would not do that', code: 'refuse' }],
  ['an error beside an answer', { score: 0.7, error: 'feature x was imputed' }],
  ['a result beside a warning', { result: [1, 2], errors: ['x'] }],
  ['zero for fine', { code: 0, message: 'ok', data: { score: 1 } }],
  ['nothing', {}],
  ['several rows, one of which failed', [{ error: 'x' }, { score: 1 }]],
])('%s is no error: %j', (_, body) => {
  expect(answerErrorOf(body)).toBeUndefined()
})

const stream = { 'content-type': 'text/event-stream' }
const lines = { 'content-type': 'application/x-ndjson' }

test.each([
  [
    'events',
    stream,
    'data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"error":{"message":"CUDA out of memory","code":500}}\n\ndata: [DONE]\n\n',
    'server_error',
  ],
  ['a named event with a text', stream, 'event: error\ndata: upstream went away\n\n', 'server_error'],
  [
    'a named event of the messages format',
    stream,
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
    'server_error',
  ],
  [
    "a named event whose code is the caller's",
    stream,
    'event: error\ndata: {"code":400,"message":"bad"}\n\n',
    'client_error',
  ],
  [
    'an error and a finish reason after it',
    stream,
    'data: {"error":{"message":"x"}}\n\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n',
    'server_error',
  ],
  [
    'an event without an error',
    stream,
    'event: message\ndata: {"choices":[{"delta":{"content":"error"},"finish_reason":"stop"}],"error":null}\n\n',
    'success',
  ],
  [
    'lines',
    lines,
    '{"model":"m","message":{"content":"a"},"done":false}\n{"error":"an error was encountered while running the model"}\n',
    'server_error',
  ],
  [
    'a last line without a line feed',
    lines,
    '{"error":"model runner has unexpectedly stopped"}',
    'server_error',
  ],
])('an error in a stream of %s', (_, headers, body, outcome) => {
  const target = headers === lines ? '/api/chat' : '/v1/chat/completions'
  expect(outcomeOf({ target, request: { headers: json, body: chat }, response: { headers, body } })).toBe(
    outcome,
  )
})

const frame = (flags: number, bytes: Buffer): Buffer => {
  const prefix = Buffer.alloc(5)
  prefix[0] = flags
  prefix.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([prefix, bytes])
}
const trailers = (text: string): Buffer => frame(0x80, Buffer.from(text))

test.each([
  ['fails with 13', 'grpc-status: 13\r\ngrpc-message: boom\r\n', 'server_error'],
  ['fails with 3', 'grpc-status:3\r\n', 'client_error'],
  ['succeeds', 'grpc-status: 0\r\n', 'success'],
  ['names its fields in capitals', 'Grpc-Status: 14\r\n', 'server_error'],
])('a call of gRPC-Web that %s', (_, text, outcome) => {
  const target = '/inference.GRPCInferenceService/ModelInfer'
  const web = { 'content-type': 'application/grpc-web+proto' }
  const body = Buffer.concat([frame(0, Buffer.from([10, 1, 97])), trailers(text)])
  const request = { headers: web, body: frame(0, Buffer.from([10, 1, 97])) }
  expect(outcomeOf({ target, request, response: { headers: web, body } })).toBe(outcome)
  // The same in base64, in two pieces with their own padding, and of a service that nobody knows.
  const text64 = `${body.subarray(0, 8).toString('base64')}${body.subarray(8).toString('base64')}`
  const asText = { 'content-type': 'application/grpc-web-text+proto' }
  expect(
    outcomeOf({ target: '/own.Service/Run', request, response: { headers: asText, body: text64 } }),
  ).toBe(outcome)
})

test('a body of gRPC-Web without trailers has failed, unless its end was not copied', () => {
  const headers = { 'content-type': 'application/grpc-web+proto' }
  const body = frame(0, Buffer.from([10, 1, 97]))
  expect(outcomeOf({ target: '/own.Service/Run', response: { headers, body } })).toBe('server_error')
  expect(outcomeOf({ target: '/own.Service/Run', response: { headers, body, truncated: true } })).toBe(
    'success',
  )
})

test.each([
  [{ error: { code: 'internal', message: 'x' } }, 'server_error'],
  [{ error: { code: 'invalid_argument' } }, 'client_error'],
  [{}, 'success'],
])('the end of a Connect stream: %j', (end, outcome) => {
  const headers = { 'content-type': 'application/connect+proto' }
  const body = Buffer.concat([frame(0, Buffer.from([10, 1, 97])), frame(2, Buffer.from(JSON.stringify(end)))])
  expect(outcomeOf({ target: '/own.Service/Run', response: { headers, body } })).toBe(outcome)
})
