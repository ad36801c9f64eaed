/** Embeddings that llama.cpp makes, asked by the openai client, which also says how far they are from each other. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { samples } from '../support/modeltap.ts'
import { type LlamaCpp, startLlamaCpp } from './llama-cpp.ts'
import { askWithOpenai } from './openai-client.ts'
import { startWatched } from './watched.ts'

const LEARNED_ROWS = 150

let folder: string
let server: LlamaCpp

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'modeltap-llama-'))
  server = await startLlamaCpp(folder, 'embeddings')
})

afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

test('rows, tokens and the distance from the baseline are what the client counts', async () => {
  const modeltap = await startWatched(server.address, {
    MODELTAP_BASELINE_LEARN_ROWS: String(LEARNED_ROWS),
    MODELTAP_BASELINE_LEARN_MIN_DURATION: '1ms',
    MODELTAP_EVALUATION_INTERVAL: '200ms',
  })
  try {
    const { embeddings: seen } = await askWithOpenai(modeltap.dataUrl, ['embeddings'])
    await eventually(modeltap, (exposition) => {
      const value = (name: string, labels: Readonly<Record<string, string>> = {}): number =>
        samples(exposition, name, { model: 'py-embeddings', ...labels })[0]?.value ?? NaN
      const of = (output: string, q: string) =>
        value('modeltap_prediction_value', { output, q, window: '5m' })
      expect(value('modeltap_predictions_total')).toBe(seen.rows)
      expect(value('modeltap_llm_tokens_total', { gen_ai_token_type: 'input' })).toBe(seen.tokens)
      const duration = { gen_ai_operation_name: 'embeddings' }
      expect(value('gen_ai_server_request_duration_seconds_sum', duration)).toBeLessThan(seen.seconds)
      expect(of('embedding_size', '0.5')).toBe(seen.size)
      // llama.cpp gives unit vectors.
      expect(of('embedding_norm', '0.5')).toBeCloseTo(1, 4)
      expect(
        value('modeltap_prediction_values_total', { output: 'embedding_distance', kind: 'valid' }),
      ).toBeGreaterThan(0)
      // A digest of 150 values knows the middle to about a hundredth of their spread.
      expect(Math.abs(of('embedding_distance', '0.5') / seen.distance - 1)).toBeLessThan(0.02)
    })
  } finally {
    expect(await modeltap.stop()).toBe(0)
  }
})
