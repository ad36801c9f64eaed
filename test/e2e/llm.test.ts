/** A language model that streams with real delays: what modeltap says of its tokens, through the whole process. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import {
  ANSWER,
  CACHED_TOKENS,
  type LanguageModelPace,
  PROMPT_TOKENS,
  startLanguageModel,
} from '../support/language-model.ts'
import { type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'
import type { TestUpstream } from '../support/upstream.ts'

const PACE: LanguageModelPace = { promptMs: 150, tokenMs: 40 }
const CHAT = '/v1/chat/completions'
const MESSAGES = [{ role: 'user', content: 'Where do rivers run?' }]

let upstream: TestUpstream
let modeltap: RunningModeltap

beforeAll(async () => {
  upstream = await startLanguageModel(PACE)
  modeltap = await startModeltap(['--upstream', upstream.address], {
    MODELTAP_BASELINE_LEARN_ROWS: '100',
    MODELTAP_BASELINE_LEARN_MIN_DURATION: '1ms',
    MODELTAP_EVALUATION_INTERVAL: '100ms',
  })
})

afterAll(async () => {
  expect(await modeltap.stop()).toBe(0)
  await upstream.close()
})

function post(path: string, body: object, signal?: AbortSignal): Promise<Response> {
  return fetch(modeltap.dataUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
}

/** Sends and reads to the end; how long the first event with content took and how long all of it, by the reader. */
async function ask(path: string, body: object): Promise<{ firstMs: number; wholeMs: number; text: string }> {
  const startMs = performance.now()
  const response = await post(path, body)
  expect(response.status).toBe(200)
  let text = ''
  let firstMs = NaN
  for await (const bytes of response.body ?? []) {
    text += Buffer.from(bytes).toString()
    if (Number.isNaN(firstMs) && text.includes(ANSWER[0])) firstMs = performance.now() - startMs
  }
  return { firstMs, wholeMs: performance.now() - startMs, text }
}

/** Of one model: the sum over the series that have the labels. */
const reader =
  (exposition: string, model: string) =>
  (name: string, labels: Readonly<Record<string, string>> = {}): number =>
    samples(exposition, name, { model, ...labels }).reduce((sum, { value }) => sum + value, 0)

const FIRST = 'gen_ai_server_time_to_first_token_seconds'
const EACH = 'gen_ai_server_time_per_output_token_seconds'
const DURATION = 'gen_ai_server_request_duration_seconds'
const TOKENS = 'modeltap_llm_tokens_total'

test('the first token is the first content and not the role, and each further one takes its share', async () => {
  const body = {
    model: 'streamed',
    messages: MESSAGES,
    stream: true,
    stream_options: { include_usage: true },
  }
  const seen = [await ask(CHAT, body), await ask(CHAT, body), await ask(CHAT, body)]
  const sum = (of: (one: (typeof seen)[number]) => number): number =>
    seen.reduce((total, one) => total + of(one), 0) / 1000
  await eventually(modeltap, (exposition) => {
    const value = reader(exposition, 'streamed')
    expect(value(`${FIRST}_count`)).toBe(3)
    // The role came at once: whoever stamped it would be below the delay.
    expect(value(`${FIRST}_bucket`, { le: '0.1' })).toBe(0)
    expect(value(`${FIRST}_sum`)).toBeGreaterThanOrEqual((3 * PACE.promptMs) / 1000 - 0.005)
    expect(value(`${FIRST}_sum`)).toBeLessThanOrEqual(sum(({ firstMs }) => firstMs) + 0.005)
    const rest = ANSWER.length - 1
    const eachSeconds = value(`${EACH}_sum`) / 3
    expect(value(`${EACH}_count`)).toBe(3)
    expect(eachSeconds).toBeGreaterThanOrEqual(PACE.tokenMs / 1000 - 0.002)
    const atMost = (sum(({ wholeMs }) => wholeMs) / 3 - PACE.promptMs / 1000) / rest
    expect(eachSeconds).toBeLessThanOrEqual(atMost + 0.005)
    // (duration − time to first token) / (tokens − 1), summed over the three.
    const spread = value(`${DURATION}_sum`) - value(`${FIRST}_sum`)
    expect(value(`${EACH}_sum`)).toBeCloseTo(spread / rest, 6)
    expect(value(TOKENS, { gen_ai_token_type: 'input', estimated: 'false' })).toBe(3 * PROMPT_TOKENS)
    expect(value(TOKENS, { gen_ai_token_type: 'output', estimated: 'false' })).toBe(3 * ANSWER.length)
    expect(value(TOKENS, { estimated: 'true' })).toBe(0)
    expect(value('modeltap_llm_cached_tokens_total')).toBe(3 * CACHED_TOKENS)
    expect(value('modeltap_llm_finish_reasons_total', { reason: 'stop' })).toBe(3)
    expect(value('modeltap_llm_streams_total')).toBe(3)
    expect(value('modeltap_llm_streams_aborted_total')).toBe(0)
  })
})

test('the stream passes as it was written', async () => {
  const { text } = await ask(CHAT, { model: 'streamed-text', messages: MESSAGES, stream: true })
  const events = text.split('\n\n').filter((event) => event !== '')
  expect(events).toHaveLength(ANSWER.length + 3)
  expect(events.at(-1)).toBe('data: [DONE]')
})

test('without usage the pieces are counted, and the count says so', async () => {
  await ask(CHAT, { model: 'uncounted', messages: MESSAGES, stream: true })
  await eventually(modeltap, (exposition) => {
    const value = reader(exposition, 'uncounted')
    expect(value(TOKENS, { gen_ai_token_type: 'output', estimated: 'true' })).toBe(ANSWER.length)
    expect(value(TOKENS, { estimated: 'false' })).toBe(0)
    expect(value(`${EACH}_count`)).toBe(1)
  })
})

test('an answer in one piece has tokens, a reason and a duration', async () => {
  await ask(CHAT, { model: 'whole', messages: MESSAGES, max_tokens: 2 })
  await eventually(modeltap, (exposition) => {
    const value = reader(exposition, 'whole')
    expect(value(`${DURATION}_count`, { gen_ai_operation_name: 'chat' })).toBe(1)
    expect(value(`${DURATION}_sum`)).toBeGreaterThanOrEqual((PACE.promptMs + 2 * PACE.tokenMs) / 1000 - 0.005)
    expect(value(TOKENS, { gen_ai_token_type: 'output' })).toBe(2)
    expect(value('modeltap_llm_finish_reasons_total', { reason: 'length' })).toBe(1)
    expect(samples(exposition, `${FIRST}_count`, { model: 'whole' })).toEqual([])
    expect(value('modeltap_llm_streams_total')).toBe(0)
  })
})

test('completions and tool calls are timed as well', async () => {
  await ask('/v1/completions', { model: 'plain', prompt: 'Rivers', stream: true })
  await ask(CHAT, { model: 'tools', messages: MESSAGES, stream: true, tools: [{ type: 'function' }] })
  await eventually(modeltap, (exposition) => {
    const plain = reader(exposition, 'plain')
    expect(plain(`${FIRST}_count`, { gen_ai_operation_name: 'text_completion' })).toBe(1)
    expect(plain(`${FIRST}_bucket`, { le: '0.1' })).toBe(0)
    const tools = reader(exposition, 'tools')
    expect(tools(`${FIRST}_count`)).toBe(1)
    expect(tools(`${FIRST}_bucket`, { le: '0.1' })).toBe(0)
    expect(tools('modeltap_llm_finish_reasons_total', { reason: 'tool_calls' })).toBe(1)
  })
})

describe('who goes away', () => {
  test('amid the answer: what came until then is counted', async () => {
    const body = { model: 'left', messages: MESSAGES, stream: true }
    // A model is known by name once it has answered.
    await ask(CHAT, body)
    const leave = new AbortController()
    const response = await post(CHAT, body, leave.signal)
    const stream = response.body?.getReader()
    let text = ''
    while (!text.includes(ANSWER[1])) {
      const { value } = (await stream?.read()) ?? {}
      text += Buffer.from(value ?? new Uint8Array()).toString()
    }
    leave.abort()
    await eventually(modeltap, (exposition) => {
      const value = reader(exposition, 'left')
      expect(value('modeltap_llm_streams_total')).toBe(2)
      expect(value('modeltap_llm_streams_aborted_total', { reason: 'aborted' })).toBe(1)
      expect(value('modeltap_llm_streams_aborted_total')).toBe(1)
      expect(value(`${FIRST}_count`)).toBe(2)
      expect(value(`${DURATION}_count`, { error_type: 'aborted' })).toBe(1)
      const tokens = value(TOKENS, { gen_ai_token_type: 'output', estimated: 'true' })
      expect(tokens).toBeGreaterThanOrEqual(ANSWER.length + 2)
      expect(tokens).toBeLessThan(2 * ANSWER.length)
      expect(value('modeltap_llm_finish_reasons_total')).toBe(1)
    })
  })

  test('before the first content: the stream is counted, without a time to first token', async () => {
    const body = { model: 'left-early', messages: MESSAGES, stream: true }
    await ask(CHAT, body)
    const leave = new AbortController()
    await post(CHAT, body, leave.signal)
    leave.abort()
    await eventually(modeltap, (exposition) => {
      const value = reader(exposition, 'left-early')
      expect(value('modeltap_llm_streams_aborted_total', { reason: 'aborted' })).toBe(1)
      expect(value(`${FIRST}_count`)).toBe(1)
    })
  })
})

test('a refused call is an error of its duration; a name that never answered makes no series', async () => {
  expect((await post(CHAT, { model: 'absent', messages: MESSAGES })).status).toBe(404)
  await eventually(modeltap, (exposition) => {
    expect(reader(exposition, 'other')(`${DURATION}_count`, { error_type: 'client_error' })).toBe(1)
    expect(exposition).not.toContain('model="absent"')
  })
})

test('lengths of prompts and answers are columns that drift is measured of', async () => {
  const lengths = Array.from({ length: 150 }, (_, index) => 1 + (index % 5))
  await Promise.all(
    lengths.map((length) =>
      ask(CHAT, {
        model: 'lengths',
        messages: [{ role: 'user', content: 'river '.repeat(length).trim() }],
        stream: true,
        max_tokens: length,
      }),
    ),
  )
  await eventually(modeltap, (exposition) => {
    const value = reader(exposition, 'lengths')
    expect(value('modeltap_predictions_total')).toBe(lengths.length)
    for (const feature of ['prompt_chars', 'prompt_words', 'messages', 'max_tokens', 'stream'])
      expect(value('modeltap_feature_window_observations', { feature })).toBeGreaterThan(0)
    for (const output of ['completion_chars', 'completion_words', 'finish_reason'])
      expect(value('modeltap_prediction_window_observations', { output })).toBeGreaterThan(0)
    expect(value('modeltap_feature_value', { feature: 'prompt_words', q: '0.5' })).toBeGreaterThan(0)
  })
})
