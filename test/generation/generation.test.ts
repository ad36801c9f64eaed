/** Streams as they arrive: when their pieces came, and what is known when they break off. */
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCall } from '../../src/calls/call.ts'
import { GenerationMeter } from '../../src/generation/generation.ts'
import { followGeneration, GenerationStream } from '../../src/generation/generation-stream.ts'
import type { Exchange } from '../../src/observe/exchange.ts'
import { recognise } from '../../src/protocols/index.ts'
import { makeCall } from '../protocols/make-call.ts'

const EVENT_STREAM = { 'content-type': 'text/event-stream' }
const event = (value: unknown): string =>
  `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`
const chunk = (delta: object, finish: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason: finish }],
})

type Piece = readonly [timeMs: number, text: string]

/** Facts of a followed answer that ends as `ended` says; with its last piece, unless told otherwise. */
function factsOf(pieces: readonly Piece[], ended: Partial<Exchange> = {}, stream = new GenerationStream()) {
  for (const [timeMs, text] of pieces) {
    const bytes = Buffer.from(text)
    stream.data(bytes, 0, bytes.length, timeMs)
  }
  const { exchange, settings } = makeCall({
    target: '/v1/chat/completions',
    request: { body: '{"model":"m","messages":[]}' },
    response: { headers: EVENT_STREAM },
  })
  const response = { ...exchange.response, lastByteMs: pieces.at(-1)?.[0] ?? NaN }
  const followed: Exchange = { ...exchange, response, responseObserver: stream, ...ended }
  const call = createCall(followed, settings)
  return recognise(call)?.protocol?.generation?.(call)
}

describe('time to first token', () => {
  test('is of the first content, not of the role, and each further token takes its share of the rest', () => {
    const facts = factsOf([
      [100, event(chunk({ role: 'assistant', content: '' }))],
      [250, event(chunk({ content: 'a' }))],
      [300, event(chunk({ content: 'b' }))],
      [450, event(chunk({ content: 'c' }))],
      [
        500,
        event(chunk({}, 'stop')) + event({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 5 } }),
      ],
      [550, event('[DONE]')],
    ])
    expect(facts).toEqual({
      operation: 'chat',
      streamed: true,
      timeToFirstToken: 0.25,
      timePerOutputToken: 0.075,
      inputTokens: 7,
      outputTokens: 5,
      cachedTokens: undefined,
      reasoningTokens: undefined,
      isEstimated: false,
      finishReason: 'stop',
      isComplete: true,
      brokeOff: false,
    })
  })

  test.each([
    ['reasoning', chunk({ reasoning_content: 'hm' })],
    ['reasoning of SGLang', chunk({ reasoning: 'hm' })],
    ['a tool call', chunk({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '' } }] })],
    ['the messages form', { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'hm' } }],
    ['the responses form', { type: 'response.function_call_arguments.delta', delta: '{' }],
  ])('is also of %s', (_, piece) => {
    const facts = factsOf([
      [10, event({ type: 'message_start', message: {} })],
      [20, event(piece)],
      [30, event(chunk({ content: 'a' }))],
    ])
    expect(facts?.timeToFirstToken).toBe(0.02)
  })
})

test('without usage the pieces are counted and said to be an estimate', () => {
  const facts = factsOf([
    [10, event(chunk({ content: 'a' }))],
    [30, event(chunk({ content: 'b' })) + event(chunk({ content: 'c' }, 'length')) + event('[DONE]')],
  ])
  expect(facts).toMatchObject({
    outputTokens: 3,
    isEstimated: true,
    timePerOutputToken: 0.01,
    finishReason: 'length',
    brokeOff: false,
  })
})

test('tokens of the messages format that were cached count as input, too', () => {
  const meter = new GenerationMeter()
  meter.use({ input_tokens: 10, cache_read_input_tokens: 20, cache_creation_input_tokens: 100 })
  meter.use({ output_tokens: 5 })
  const { inputTokens, cachedTokens, outputTokens } = meter
  expect({ inputTokens, cachedTokens, outputTokens }).toEqual({
    inputTokens: 130,
    cachedTokens: 20,
    outputTokens: 5,
  })
})

test('a stream that ends without its last event broke off', () => {
  const facts = factsOf([[10, event(chunk({ content: 'a' })) + 'data: {"choices":[{"del']])
  expect(facts).toMatchObject({ brokeOff: true, outputTokens: 1, isEstimated: true, finishReason: undefined })
  expect(facts?.timePerOutputToken).toBeUndefined()
})

test('of a stream that the client left, the time per token is of what came', () => {
  const pieces = [
    [10, event(chunk({ content: 'a' }))],
    [30, event(chunk({ content: 'b' }))],
    [50, event(chunk({ content: 'c' }))],
  ] as const
  const facts = factsOf(pieces, { outcome: 'aborted', endedMs: 9_000 })
  expect(facts).toMatchObject({
    outputTokens: 3,
    isEstimated: true,
    timeToFirstToken: 0.01,
    timePerOutputToken: 0.02,
    brokeOff: true,
  })
})

describe('who leaves before the answer has begun', () => {
  const left = (target: string, body: string) => {
    const { exchange, settings } = makeCall({ target, request: { body }, status: 0 })
    const call = createCall({ ...exchange, outcome: 'aborted' }, settings)
    return recognise(call)?.protocol?.generation?.(call)
  }
  test.each([
    ['/v1/chat/completions', '{"messages":[],"stream":true}', true],
    ['/v1/chat/completions', '{"messages":[]}', false],
    ['/generate_stream', '{"inputs":"a"}', true],
    ['/v2/models/m/generate_stream', '{"text_input":"a"}', true],
  ])('left a stream when one was asked for: %s %s', (target, body, streamed) => {
    const facts = left(target, body)
    expect(facts).toMatchObject({ streamed, isComplete: false, timeToFirstToken: undefined })
    expect(facts?.outputTokens).toBeUndefined()
  })
})

describe('what was lost is not guessed', () => {
  const [first, second] = [event(chunk({ content: 'a' })), event(chunk({ content: 'b' }))]
  const done: Piece = [40, event('[DONE]')]

  test('a hole before the first piece: no time to first token', () => {
    const stream = new GenerationStream()
    stream.gap()
    expect(factsOf([[20, first], [30, second], done], {}, stream)?.timeToFirstToken).toBeUndefined()
  })

  test('a hole between the pieces: too few were counted for a time of each', () => {
    const stream = new GenerationStream()
    stream.data(Buffer.from(first), 0, first.length, 10)
    stream.gap()
    expect(factsOf([[30, second], done], {}, stream)).toMatchObject({
      timeToFirstToken: 0.01,
      timePerOutputToken: undefined,
      outputTokens: 2,
      isEstimated: true,
    })
  })

  test('a hole at the end: the last event may have been in it', () => {
    const stream = new GenerationStream()
    stream.data(Buffer.from(first), 0, first.length, 10)
    stream.gap()
    expect(factsOf([], {}, stream)).toMatchObject({ isComplete: false, brokeOff: false })
  })

  test('of a compressed stream whose copy was cut nobody says that it broke off', () => {
    const call = makeCall({
      target: '/v1/chat/completions',
      request: { body: '{"messages":[],"stream":true}' },
      response: { headers: EVENT_STREAM, body: first, truncated: true },
    })
    const facts = recognise(call)?.protocol?.generation?.(call)
    expect(facts).toMatchObject({ streamed: true, brokeOff: false, outputTokens: undefined })
  })
})

test.each([
  ['/v1/completions', '{"prompt":"a"}', 'text_completion'],
  ['/v1/responses', '{"input":"a"}', 'chat'],
  ['/v1/messages', '{"messages":[]}', 'chat'],
  ['/generate', '{"inputs":"a"}', 'text_completion'],
])('%s with %s is the operation %s', (target, body, operation) => {
  const call = makeCall({ target, request: { body }, response: { body: '{}' } })
  expect(recognise(call)?.protocol?.generation?.(call)?.operation).toBe(operation)
})

test('an error in the stream is its end', () => {
  expect(factsOf([[10, event({ error: { message: 'no' } })]])?.finishReason).toBe('error')
})

test('after a hole the rest is still read, and the counts are known to be too low', () => {
  const stream = new GenerationStream()
  const feed = (text: string): void => stream.data(Buffer.from(text), 0, Buffer.byteLength(text), 1)
  feed(event(chunk({ content: 'a' })) + 'data: {"choices"')
  stream.gap()
  feed('x"}}]}\n\n' + event(chunk({ content: 'b' })))
  expect(stream.meter.pieces).toBe(2)
  expect(stream.meter.hasGap).toBe(true)
})

test('an event of two million characters ends the following, not the process', () => {
  const stream = new GenerationStream()
  const feed = (text: string): void => stream.data(Buffer.from(text), 0, Buffer.byteLength(text), 1)
  feed(event(chunk({ content: 'a' })))
  for (let part = 0; part < 32; part += 1) feed(`${part === 0 ? 'data: ' : ''}${'x'.repeat(65_536)}`)
  expect(() => feed('y\n\n')).not.toThrow()
  expect(stream.meter.hasGap).toBe(true)
  expect(stream.meter.pieces).toBe(1)
})

describe('however the lines of a stream are written', () => {
  const content = ['Hel', 'lo', ' wörld'].map((text) => event(chunk({ content: text }))).join('')
  const plain = content + event(chunk({}, 'stop')) + event('[DONE]')
  const padded = plain.replaceAll('data: ', ': ping\n\nevent: message\nid: 7\nretry: 10\ndata:')
  const split = plain.replaceAll('{"choices"', '{\ndata: "choices"')

  test.each([
    ['line feeds', plain],
    ['carriage returns and line feeds', plain.replaceAll('\n', '\r\n')],
    ['carriage returns', plain.replaceAll('\n', '\r')],
    ['comments and other fields', padded],
    ['a byte order mark', `\ufeff${plain}`],
    ['data over several lines', split],
  ])('%s', (_, text) => {
    expect(factsOf([[20, text]])).toMatchObject({
      outputTokens: 3,
      finishReason: 'stop',
      timeToFirstToken: 0.02,
      isComplete: true,
    })
  })
})

test('a stream that says why it ended is complete without a last event, also when its connection broke then', () => {
  const said: Piece[] = [
    [10, event(chunk({ content: 'a' }))],
    [20, event(chunk({}, 'length'))],
  ]
  expect(factsOf(said)).toMatchObject({ isComplete: true, brokeOff: false, finishReason: 'length' })
  expect(factsOf(said, { outcome: 'aborted' })).toMatchObject({ isComplete: true, brokeOff: false })
  expect(factsOf(said.slice(0, 1))).toMatchObject({ isComplete: false, brokeOff: true })
  // Of two answers to one prompt one goes on.
  const second = { choices: [{ index: 1, delta: { content: 'b' } }] }
  expect(factsOf([[5, event(second)], ...said])).toMatchObject({ isComplete: false, brokeOff: true })
})

test.each([
  ['a list of parts', { content: [{ type: 'text', text: 'Hello' }] }],
  ['reasoning in a part', { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }],
  ['sound', { audio: { id: 'a', data: 'UklGRg==' } }],
  ['what is said in sound', { audio: { transcript: 'Hello' } }],
  ['a picture', { images: [{ type: 'image_url', image_url: { url: 'data:' } }] }],
  ['a part of a kind that nobody knows', { content: [{ type: 'hologram', points: [1] }] }],
])('the answer has begun with %s', (_, delta) => {
  expect(
    factsOf([
      [0, event(chunk({ content: [] }))],
      [40, event(chunk(delta))],
    ]),
  ).toMatchObject({
    timeToFirstToken: 0.04,
  })
})

test.each([
  [
    [
      { choices: [], usage: { prompt_tokens: 5, completion_tokens: 4 } },
      { usage: { prompt_tokens: 0, completion_tokens: 0 } },
    ],
  ],
  [[{ choices: null, usage: { prompt_tokens: 5, completion_tokens: 4 } }]],
  [[{ usage: { prompt_tokens: 5, completion_tokens: 4 } }]],
  [[{ choices: [], x_groq: { usage: { prompt_tokens: 5, completion_tokens: 4 } } }]],
  [[{ choices: [], timings: { prompt_n: 3, cache_n: 2, predicted_n: 4 } }]],
  [
    [
      { choices: [], usage: { prompt_tokens: 1e300, completion_tokens: -1 } },
      { usage: { prompt_tokens: 5, completion_tokens: 4 } },
    ],
  ],
  [
    [
      { choices: [], usage: { prompt_tokens: '7' } },
      { usage: { prompt_tokens: 5, completion_tokens: 4 } },
      { usage: null },
      { usage: [] },
    ],
  ],
])('usage is found wherever it is: %j', (events) => {
  const pieces = events.map((value, index): Piece => [20 + index, event(value)])
  expect(factsOf([[10, event(chunk({ content: 'a' }))], ...pieces])).toMatchObject({
    inputTokens: 5,
    outputTokens: 4,
    isEstimated: false,
  })
})

describe('any cutting of a stream gives the same', () => {
  const streams = (['openai', 'ollama'] as const).flatMap((protocol) => {
    const folder = resolve(import.meta.dirname, '../fixtures/protocols', protocol)
    return readdirSync(folder)
      .map(
        (file) => JSON.parse(readFileSync(resolve(folder, file), 'utf8')) as { response: { text?: string } },
      )
      .flatMap(({ response }) => (response.text === undefined ? [] : [Buffer.from(response.text)]))
      .map((bytes) => ({ bytes, format: protocol === 'openai' ? ('events' as const) : ('lines' as const) }))
  })

  test.each(streams.map((stream, index) => ({ ...stream, index })))('stream $index', ({ bytes, format }) => {
    const meterOf = (cuts: readonly number[]) => {
      const stream = new GenerationStream(format)
      const ends = [...new Set([...cuts.map((cut) => cut % bytes.length), bytes.length])].sort(
        (a, b) => a - b,
      )
      let start = 0
      for (const end of ends) {
        stream.data(bytes, start, end, 0)
        start = end
      }
      stream.end()
      const { pieces, toolCalls, text, outputTokens, finishReason, isComplete } = stream.meter
      return {
        pieces,
        toolCalls,
        outputTokens,
        finishReason,
        isComplete,
        chars: text.chars,
        words: text.words,
      }
    }
    const whole = meterOf([])
    expect(whole.isComplete).toBe(true)
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 20 }), (cuts) => {
        expect(meterOf(cuts)).toEqual(whole)
      }),
    )
  })
})

describe('what is followed', () => {
  const exchange = (status: number, headers: Readonly<Record<string, string>>): Exchange =>
    makeCall({ target: '/v1/chat/completions', status, response: { headers } }).exchange

  test.each([
    [200, EVENT_STREAM, true],
    [200, { 'content-type': 'application/json' }, false],
    [500, EVENT_STREAM, false],
    [200, { ...EVENT_STREAM, 'content-encoding': 'gzip' }, false],
  ])('%d %j: %s', (status, headers, isFollowed) => {
    expect(followGeneration(exchange(status, headers)) !== undefined).toBe(isFollowed)
  })
})

test('random bytes are followed without throwing', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (pieces) => {
      const stream = new GenerationStream()
      for (const piece of pieces) stream.data(piece, 0, piece.length, 0)
      expect(stream.meter.pieces).toBe(0)
    }),
  )
})

test('TGI gives tokens and times in its headers', () => {
  const call = makeCall({
    target: '/generate',
    request: { body: '{"inputs":"a"}' },
    response: {
      headers: {
        'x-prompt-tokens': '4',
        'x-generated-tokens': '3',
        'x-time-per-token': '25',
        'x-validation-time': '0',
        'x-queue-time': '150',
        'x-inference-time': '75',
        'x-tokenization-time': 'soon',
      },
      body: '{"generated_text":"b"}',
    },
  })
  expect(recognise(call)?.protocol?.generation?.(call)).toMatchObject({
    streamed: false,
    inputTokens: 4,
    outputTokens: 3,
    timePerOutputToken: 0.025,
    timeToFirstToken: undefined,
    phaseSeconds: { validation: 0, queue: 0.15, inference: 0.075 },
  })
})

test.each([
  [
    '/v1/embeddings',
    {},
    '{"data":[{"embedding":[1,2]}],"usage":{"prompt_tokens":7,"prompt_tokens_details":{"cached_tokens":2}}}',
    7,
    2,
  ],
  ['/v1/embeddings', {}, '{"error":{"message":"no"}}', undefined, undefined],
  ['/embed', { 'x-compute-tokens': '5', 'x-compute-characters': '20' }, '[[1,2]]', 5, undefined],
  ['/embed', { 'x-compute-tokens': 'five' }, '[[1,2]]', undefined, undefined],
])(
  'embeddings have input tokens and nothing else: %s %j',
  (target, headers, body, inputTokens, cachedTokens) => {
    const call = makeCall({
      target,
      request: { body: '{"model":"m","input":"a","inputs":"a"}' },
      response: { headers, body },
    })
    expect(recognise(call)?.protocol?.generation?.(call)).toMatchObject({
      operation: 'embeddings',
      streamed: false,
      inputTokens,
      cachedTokens,
      outputTokens: undefined,
      finishReason: undefined,
      brokeOff: false,
    })
  },
)

test('what TEI does not embed is no embedding', () => {
  const call = makeCall({
    target: '/rerank',
    request: { body: '{"query":"a","texts":["b"]}' },
    response: { body: '[{"index":0,"score":1}]' },
  })
  expect(recognise(call)?.protocol?.generation?.(call)).toBeUndefined()
})
