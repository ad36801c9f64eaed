/**
 * llama.cpp's own server with a tiny model of random weights, asked by the openai client. The server counts tokens and
 * times itself, the client counts pieces; modeltap, between them, must agree with both.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningModeltap, samples } from '../support/modeltap.ts'
import { type LlamaCpp, startLlamaCpp } from './llama-cpp.ts'
import { askWithOpenai, type Seen } from './openai-client.ts'
import { startWatched } from './watched.ts'

const WAYS = ['whole', 'streamed', 'uncounted', 'completion', 'left'] as const

let folder: string
let server: LlamaCpp
let modeltap: RunningModeltap
let seen: Pick<Seen, (typeof WAYS)[number]>
let exposition: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'modeltap-llama-'))
  server = await startLlamaCpp(folder, 'text')
  modeltap = await startWatched(server.address, {}, { leftModel: 'py-left' })
  seen = await askWithOpenai(modeltap.dataUrl, WAYS)
  exposition = await settled()
})

afterAll(async () => {
  expect(await modeltap.stop()).toBe(0)
  await server.stop()
  rmSync(folder, { recursive: true })
})

/** The exposition once the stream that the client left is in it: it was the last call. */
async function settled(): Promise<string> {
  const deadline = performance.now() + 15_000
  for (;;) {
    const text = await (await fetch(`${modeltap.adminUrl}/metrics`)).text()
    const [streams] = samples(text, 'modeltap_llm_streams_total', { model: 'py-left' })
    if (streams?.value === 1) return text
    if (performance.now() > deadline) throw new Error(`the last call is missing:\n${text}`)
    await new Promise((later) => setTimeout(later, 50))
  }
}

/** Of one model: the sum over the series that have the labels. */
const value = (model: string, name: string, labels: Readonly<Record<string, string>> = {}): number =>
  samples(exposition, name, { model, ...labels }).reduce((sum, sample) => sum + sample.value, 0)

const TOKENS = 'modeltap_llm_tokens_total'

test.each(['whole', 'streamed'] as const)('tokens and reason of the answer: %s', (way) => {
  const { usage, finish } = seen[way]
  const model = `py-${way}`
  expect(usage).not.toBeNull()
  expect(value(model, TOKENS, { gen_ai_token_type: 'input' })).toBe(usage?.input)
  expect(value(model, TOKENS, { gen_ai_token_type: 'output' })).toBe(usage?.output)
  expect(value(model, 'modeltap_llm_cached_tokens_total')).toBe(usage?.cached)
  expect(value(model, 'modeltap_llm_finish_reasons_total', { reason: finish })).toBe(1)
})

test('times lie between those of the server and those of the client', () => {
  const { first, timings } = seen.streamed
  const firstToken = value('py-streamed', 'gen_ai_server_time_to_first_token_seconds_sum')
  expect(timings).not.toBeNull()
  expect(firstToken).toBeGreaterThan((timings?.prompt_ms ?? NaN) / 1000)
  expect(firstToken).toBeLessThanOrEqual(first)
  const perToken = value('py-streamed', 'gen_ai_server_time_per_output_token_seconds_sum')
  const servers = (timings?.predicted_per_token_ms ?? NaN) / 1000
  expect(Math.abs(perToken - servers)).toBeLessThan(0.25 * servers + 0.02)
})

test('without usage, the pieces are the tokens that llama.cpp wrote', () => {
  const { pieces, usage } = seen.uncounted
  expect(usage).toBeNull()
  expect(value('py-uncounted', TOKENS, { gen_ai_token_type: 'output' })).toBe(pieces)
  expect(pieces).toBe(seen.streamed.usage?.output)
})

test('plain completions are followed too', () => {
  // llama.cpp tells the usage of plain completions unasked, in the last event with a choice.
  const tokens = value('py-completion', TOKENS, { gen_ai_token_type: 'output' })
  expect(tokens).toBeGreaterThanOrEqual(seen.completion.pieces)
  const labels = { gen_ai_operation_name: 'text_completion' }
  expect(value('py-completion', 'gen_ai_server_time_to_first_token_seconds_count', labels)).toBe(1)
})

test('a stream that the client leaves is aborted, with what had come', () => {
  expect(value('py-left', 'modeltap_llm_streams_aborted_total', { reason: 'aborted' })).toBe(1)
  const pieces = value('py-left', TOKENS, { estimated: 'true' })
  expect(pieces).toBeGreaterThanOrEqual(seen.left.pieces)
  expect(pieces).toBeLessThan(200)
})
