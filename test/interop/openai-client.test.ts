/**
 * The openai Python client against a small server of ours (test/support/language-model.ts): what it saw and what
 * modeltap says must agree.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLanguageModel } from '../support/language-model.ts'
import { type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'
import type { TestUpstream } from '../support/upstream.ts'
import { askWithOpenai, type Seen } from './openai-client.ts'

/** In the order of the calls. */
const WAYS = ['whole', 'streamed', 'uncounted', 'tools', 'completion', 'left', 'refused'] as const

const PACE = { promptMs: 150, tokenMs: 40 }
/** What the client does beside waiting: Python, the first connection. */
const CLIENT_SECONDS = 0.25

let upstream: TestUpstream
let modeltap: RunningModeltap
let seen: Pick<Seen, (typeof WAYS)[number]>
let exposition: string

/** Of one model: the sum over the series that have the labels. */
const value = (model: string, name: string, labels: Readonly<Record<string, string>> = {}): number =>
  samples(exposition, name, { model, ...labels }).reduce((sum, sample) => sum + sample.value, 0)

beforeAll(async () => {
  upstream = await startLanguageModel(PACE)
  modeltap = await startModeltap(['--upstream', upstream.address])
  seen = await askWithOpenai(modeltap.dataUrl, WAYS)
  exposition = await settled()
})

afterAll(async () => {
  expect(await modeltap.stop()).toBe(0)
  await upstream.close()
})

/** The exposition once the last call of the client is in it. */
async function settled(): Promise<string> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const text = await (await fetch(`${modeltap.adminUrl}/metrics`)).text()
    const refused = samples(text, 'modeltap_requests_total', { code: '404' })
    if (refused.some((sample) => sample.value === 1)) return text
    if (performance.now() > deadline) throw new Error(`the last call is missing:\n${text}`)
    await new Promise((later) => setTimeout(later, 50))
  }
}

const FIRST = 'gen_ai_server_time_to_first_token_seconds'
const EACH = 'gen_ai_server_time_per_output_token_seconds'
const DURATION = 'gen_ai_server_request_duration_seconds'
const TOKENS = 'modeltap_llm_tokens_total'

test('an answer in one piece: tokens, reason and duration are the client’s', () => {
  const { usage, finish, seconds } = seen.whole
  expect(value('py-whole', TOKENS, { gen_ai_token_type: 'input' })).toBe(usage.input)
  expect(value('py-whole', TOKENS, { gen_ai_token_type: 'output' })).toBe(usage.output)
  expect(value('py-whole', 'modeltap_llm_cached_tokens_total')).toBe(usage.cached)
  expect(value('py-whole', 'modeltap_llm_finish_reasons_total', { reason: finish })).toBe(1)
  const duration = value('py-whole', `${DURATION}_sum`)
  expect(duration).toBeLessThanOrEqual(seconds)
  expect(duration).toBeGreaterThan(seconds - CLIENT_SECONDS)
})

test('a stream with usage: times and tokens are the client’s', () => {
  const { usage, first, seconds, finish } = seen.streamed
  expect(usage).not.toBeNull()
  const tokens = (type: string) =>
    value('py-streamed', TOKENS, { gen_ai_token_type: type, estimated: 'false' })
  expect([tokens('input'), tokens('output')]).toEqual([usage?.input, usage?.output])
  const firstToken = value('py-streamed', `${FIRST}_sum`)
  expect(firstToken).toBeGreaterThanOrEqual(PACE.promptMs / 1000 - 0.005)
  expect(firstToken).toBeLessThanOrEqual(first)
  const perToken = value('py-streamed', `${EACH}_sum`)
  expect(perToken).toBeGreaterThanOrEqual(PACE.tokenMs / 1000 - 0.002)
  expect(perToken).toBeLessThanOrEqual((seconds - PACE.promptMs / 1000) / ((usage?.output ?? NaN) - 1))
  expect(value('py-streamed', 'modeltap_llm_finish_reasons_total', { reason: finish })).toBe(1)
  expect(value('py-streamed', 'modeltap_llm_streams_aborted_total')).toBe(0)
})

test.each(['uncounted', 'tools'] as const)('a stream without usage: %s', (kind) => {
  const { pieces, usage, finish } = seen[kind]
  const model = `py-${kind}`
  expect(usage).toBeNull()
  expect(value(model, TOKENS, { gen_ai_token_type: 'output', estimated: 'true' })).toBe(pieces)
  expect(value(model, 'modeltap_llm_finish_reasons_total', { reason: finish })).toBe(1)
  expect(value(model, `${FIRST}_count`)).toBe(1)
  expect(value(model, 'modeltap_llm_streams_aborted_total')).toBe(0)
})

test('plain completions are an operation of their own', () => {
  const labels = { gen_ai_operation_name: 'text_completion', estimated: 'true' }
  expect(value('py-completion', TOKENS, labels)).toBe(seen.completion.pieces)
})

test('a stream that the client leaves is counted as far as it came', () => {
  expect(value('py-left', 'modeltap_llm_streams_aborted_total', { reason: 'aborted' })).toBe(1)
  const pieces = value('py-left', TOKENS, { estimated: 'true' })
  expect(pieces).toBeGreaterThanOrEqual(seen.left.pieces)
  // What is on its way when the client leaves.
  expect(pieces).toBeLessThanOrEqual(seen.left.pieces + 1)
})

test('a model that does not exist makes no series', () => {
  expect(seen.refused.status).toBe(404)
  expect(value('other', `${DURATION}_count`, { error_type: 'client_error' })).toBe(1)
  expect(exposition).not.toContain('model="absent"')
})
