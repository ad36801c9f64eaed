import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Exposition } from '../../src/exposition/exposition.ts'
import { FINISH_REASONS, type GenerationFacts } from '../../src/generation/generation.ts'
import { STREAM_BREAKS } from '../../src/instruments/llm.ts'
import { fixedExposition } from '../exposition/fixture.ts'
import { samples } from '../support/modeltap.ts'
import { answerFacts, exchange, type ExchangeFacts } from './fixture.ts'

const call = { protocol: 'openai', operation: 'chat', model: 'llama', version: '' } as const
const LABELS = 'model="llama",gen_ai_operation_name="chat",gen_ai_provider_name="openai"'

let exposition: Exposition

beforeEach(() => {
  exposition = fixedExposition().exposition
})
afterEach(async () => {
  await exposition.shutdown()
})

function record(facts: Partial<GenerationFacts>, ended: ExchangeFacts = {}, model = 'llama'): void {
  exposition.llmRecorder.recordAnswer({ ...call, model, exchange: exchange(ended) }, answerFacts(facts))
}

const total = async (name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> =>
  samples(await exposition.render('text'), name, labels).reduce((sum, { value }) => sum + value, 0)

test('the first answer starts every counter, so that nothing is lost to rate', async () => {
  const unknown = { inputTokens: undefined, outputTokens: undefined, cachedTokens: undefined }
  record({ ...unknown, streamed: false, finishReason: undefined })
  const text = await exposition.render('text')
  const reasons = (name: string): string[] => samples(text, name).map(({ labels }) => labels['reason'] ?? '')
  expect(reasons('modeltap_llm_finish_reasons_total')).toEqual([...FINISH_REASONS])
  expect(reasons('modeltap_llm_streams_aborted_total')).toEqual([...STREAM_BREAKS])
  for (const tokens of [
    'gen_ai_token_type="input",estimated="false"',
    'gen_ai_token_type="output",estimated="false"',
    'gen_ai_token_type="output",estimated="true"',
  ])
    expect(text).toContain(`modeltap_llm_tokens_total{${LABELS},${tokens}} 0\n`)
  expect(text).toContain(`modeltap_llm_streams_total{${LABELS}} 0\n`)
  expect(text).toContain(`modeltap_llm_cached_tokens_total{${LABELS}} 0\n`)
  expect(text).toContain(`modeltap_llm_reasoning_tokens_total{${LABELS}} 0\n`)
})

test('embeddings have input tokens and a duration, and no series that could never move', async () => {
  const nothing = { outputTokens: undefined, cachedTokens: undefined, finishReason: undefined }
  record({ ...nothing, operation: 'embeddings', streamed: false, inputTokens: 9 })
  const text = await exposition.render('text')
  expect(samples(text, 'modeltap_llm_tokens_total').map(({ value }) => value)).toEqual([9])
  expect(samples(text, 'gen_ai_server_request_duration_seconds_count')).toHaveLength(1)
  for (const name of ['modeltap_llm_finish_reasons_total', 'modeltap_llm_streams_total'])
    expect(samples(text, name)).toEqual([])
})

test('times are in their buckets', async () => {
  record({ timeToFirstToken: 0.2, timePerOutputToken: 0.03 }, { seconds: 2 })
  const text = await exposition.render('text')
  const firstToken = 'gen_ai_server_time_to_first_token_seconds'
  expect(text).toContain(`${firstToken}_bucket{${LABELS},le="0.1"} 0\n`)
  expect(text).toContain(`${firstToken}_bucket{${LABELS},le="0.25"} 1\n`)
  expect(text).toContain(`${firstToken}_sum{${LABELS}} 0.2\n`)
  expect(text).toContain(`gen_ai_server_time_per_output_token_seconds_bucket{${LABELS},le="0.05"} 1\n`)
  expect(text).toContain(`gen_ai_server_request_duration_seconds_bucket{${LABELS},le="1.28"} 0\n`)
  expect(text).toContain(`gen_ai_server_request_duration_seconds_bucket{${LABELS},le="2.56"} 1\n`)
})

test('phases inside the server are told apart, and are only there where it tells them', async () => {
  record({})
  expect(await exposition.render('text')).not.toContain('modeltap_llm_phase_duration_seconds')
  const before = exposition.llmRecorder.series
  record({ phaseSeconds: { queue: 0.15, inference: 0.075 } })
  record({ phaseSeconds: { queue: 0.05 } })
  const text = await exposition.render('text')
  const name = 'modeltap_llm_phase_duration_seconds'
  expect(text).toContain(`${name}_bucket{${LABELS},phase="queue",le="0.1"} 1\n`)
  expect(text).toContain(`${name}_count{${LABELS},phase="queue"} 2\n`)
  expect(text).toContain(`${name}_sum{${LABELS},phase="inference"} 0.075\n`)
  // Every bucket, sum and count of the two is under the limit of series.
  expect(exposition.llmRecorder.series - before).toBe(
    text.split('\n').filter((line) => line.startsWith(name)).length,
  )
})

test('an answer in one piece has a duration and tokens, and no time of a first token', async () => {
  record({ streamed: false, timeToFirstToken: undefined, timePerOutputToken: undefined })
  const text = await exposition.render('text')
  expect(text).not.toContain('gen_ai_server_time_to_first_token_seconds')
  expect(text).toContain(`gen_ai_server_request_duration_seconds_count{${LABELS}} 1\n`)
  expect(await total('modeltap_llm_tokens_total', { gen_ai_token_type: 'input' })).toBe(20)
  expect(await total('modeltap_llm_streams_total')).toBe(0)
})

test('counted pieces are not among the tokens that a server told', async () => {
  record({ outputTokens: 7 })
  record({ inputTokens: undefined, cachedTokens: undefined, outputTokens: 3, isEstimated: true })
  const output = { gen_ai_token_type: 'output' }
  expect(await total('modeltap_llm_tokens_total', { ...output, estimated: 'false' })).toBe(7)
  expect(await total('modeltap_llm_tokens_total', { ...output, estimated: 'true' })).toBe(3)
  expect(await total('modeltap_llm_cached_tokens_total')).toBe(8)
})

describe('how a stream ended', () => {
  const rest = { finishReason: undefined, isComplete: false, brokeOff: true } as const
  test.each<[string, Partial<GenerationFacts>, ExchangeFacts, string | undefined]>([
    ['whole', {}, {}, undefined],
    ['left after its last event', {}, { outcome: 'aborted' }, undefined],
    ['left before', rest, { outcome: 'aborted' }, 'aborted'],
    ['cut by the server', rest, { outcome: 'upstream_closed' }, 'upstream_closed'],
    ['without its last event', rest, {}, 'incomplete'],
    ['with an error', { ...rest, finishReason: 'error' }, {}, 'error'],
  ])('%s', async (_, facts, ended, reason) => {
    record(facts, ended)
    expect(await total('modeltap_llm_streams_total')).toBe(1)
    expect(await total('modeltap_llm_streams_aborted_total')).toBe(reason === undefined ? 0 : 1)
    const [duration] = samples(
      await exposition.render('text'),
      'gen_ai_server_request_duration_seconds_count',
    )
    expect(duration?.labels['error_type']).toBe(reason)
    if (reason !== undefined) expect(await total('modeltap_llm_streams_aborted_total', { reason })).toBe(1)
  })

  test('a call that is no stream and failed is an error of its duration', async () => {
    record({ streamed: false, isComplete: true, outputTokens: undefined }, { outcome: 'client_error' })
    const labels = { error_type: 'client_error' }
    expect(await total('gen_ai_server_request_duration_seconds_count', labels)).toBe(1)
    expect(await total('modeltap_llm_streams_aborted_total')).toBe(0)
  })
})

test('a call of unknown length is counted, and has no duration', async () => {
  record({}, { seconds: NaN })
  expect(await exposition.render('text')).not.toContain('gen_ai_server_request_duration')
  expect(await total('modeltap_llm_streams_total')).toBe(1)
})

test('above the limit on series new models are recorded under model other, and counted', async () => {
  await exposition.shutdown()
  exposition = fixedExposition({ metrics: { maxSeries: 1000 } }).exposition
  for (let index = 0; index < 50; index += 1) record({}, {}, `m${index}`)
  const text = await exposition.render('text')
  const models = samples(text, 'modeltap_llm_streams_total').map(({ labels }) => labels['model'])
  // One model has 68 series: 18 + 18 + 16 of times, 3 + 3 of tokens and streams, 10 reasons.
  expect(models).toEqual(['m0', 'm1', 'm2', 'other'])
  expect(await total('modeltap_llm_streams_total', { model: 'other' })).toBe(47)
  expect(exposition.llmRecorder.overflowed).toBe(47)
  expect(exposition.llmRecorder.series).toBe(text.match(/^(?:gen_ai_server|modeltap_llm)_/gm)?.length)
  expect(text).toContain('modeltap_series_dropped_total{reason="request_label_sets"}')
  expect(text.match(/^(?:gen_ai_server|modeltap)_[^ ]+ /gm)?.length).toBeLessThanOrEqual(1000)
})
