/** What is wrong with single values and rows, from the request to the metrics of a running modeltap. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BaselineBuilder } from '../../src/baseline/builder.ts'
import { saveBaseline } from '../../src/baseline/load.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'
import { batchOf, normalSource, randomSource, type Row } from '../support/rows.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'

const random = randomSource(61)
const normal = normalSource(random)
const directory = mkdtempSync(join(tmpdir(), 'modeltap-quality-'))
let upstream: TestUpstream
let modeltap: RunningModeltap

const ordinary = (): Row => ({ amount: normal(), age: 20 + normal(), city: random() < 0.5 ? 'Wien' : 'Graz' })

async function send(rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  const response = await fetch(`${modeltap.dataUrl}/v1/models/credit:predict`, {
    method: 'POST',
    body: JSON.stringify({ instances: rows }),
  })
  expect(response.status).toBe(200)
  await response.text()
}

beforeAll(async () => {
  const builder = new BaselineBuilder({ features: 20, categories: 10 })
  const rows = Array.from({ length: 5_000 }, ordinary)
  const scores = rows.map(() => ({ score: random(), class_confidence: 0.5 + random() / 2 }))
  builder.add(batchOf(rows, scores))
  const file = join(directory, 'baseline.json')
  const meta = { model: 'credit', version: '', source: 'test', createdEpochMs: 1_700_000_000_000 }
  await saveBaseline(builder.build(meta), file)
  const config = join(directory, 'modeltap.yaml')
  writeFileSync(
    config,
    [
      'bounds: { score: [0, 1], age: [0, 120] }',
      'evaluation: { interval: 100ms }',
      'limits: { bodyBytes: 64KiB }',
      'quality: { lowConfidence: 0.7 }',
    ].join('\n'),
  )
  // Twice the score for whoever is of a negative age: an absurd answer to an absurd question.
  upstream = await startUpstream((_, body, response) => {
    const { instances } = JSON.parse(body.toString()) as { instances: { age?: number }[] }
    const predictions = instances.map(({ age = 0 }, row) => ({
      score: age < 0 ? 2 : 0.5 + row / 10_000,
      class_confidence: row % 4 === 0 ? 0.6 : 0.8 + row / 10_000,
    }))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ predictions }))
  })
  modeltap = await startModeltap(['--upstream', upstream.address, '--baseline', file, '--config', config])
})

afterAll(async () => {
  await modeltap.stop()
  await upstream.close()
  rmSync(directory, { recursive: true })
})

test('each kind of trouble is counted where it belongs', async () => {
  await send(Array.from({ length: 200 }, ordinary))
  await send(Array.from({ length: 5 }, () => ({ ...ordinary(), age: -1 })))
  await send([{ ...ordinary(), amount: 1e9 }])
  await send([{ ...ordinary(), amount: 'many' }])
  await send([{ ...ordinary(), city: 'Atlantis' }])
  await send([{ amount: 0.1, city: 'Wien' }])
  await send([{ ...ordinary(), shoe_size: 42 }])
  await send([{ city: 'Wien', age: 20.5, amount: 0.123 }])
  const twice = ordinary()
  await send([twice])
  await send([twice])
  // Longer than what is copied: the answer is counted, and nothing is missing.
  await send([{ ...ordinary(), padding: 'x'.repeat(100_000) }])

  await eventually(modeltap, (exposition) => {
    const value = (name: string, labels = {}): number | undefined =>
      samples(exposition, name, labels)[0]?.value
    const valuesOf = (feature: string) =>
      Object.fromEntries(
        samples(exposition, 'modeltap_feature_values_total', { feature }).map(({ labels, value: count }) => [
          labels['kind'],
          count,
        ]),
      )
    expect(valuesOf('age')).toMatchObject({ missing: 1, out_of_range: 5, wrong_type: 0 })
    expect(valuesOf('amount')).toMatchObject({ missing: 0, wrong_type: 1 })
    expect(valuesOf('amount')['out_of_range']).toBeGreaterThanOrEqual(1)
    expect(valuesOf('city')).toMatchObject({ missing: 0, unseen: 1 })
    expect(value('modeltap_feature_bounds_violations_total', { feature: 'age' })).toBe(5)
    expect(value('modeltap_prediction_bounds_violations_total', { output: 'score' })).toBe(5)
    expect(value('modeltap_feature_outliers_total', { feature: 'age' })).toBe(5)
    expect(value('modeltap_feature_outliers_total', { feature: 'amount' })).toBe(1)
    const issue = (kind: string): number | undefined => value('modeltap_row_issues_total', { kind })
    expect([issue('missing_columns'), issue('extra_columns'), issue('reordered_columns')]).toEqual([1, 1, 1])
    expect(issue('duplicate')).toBe(1)
    expect(value('modeltap_rows_compared_total')).toBe(64 + 5 + 8)
    // Six rows with one of two numeric features beyond its fences.
    expect(value('modeltap_row_outlier_bin_observations_total', { bin: 'le_0.5' })).toBe(6)
    expect(value('modeltap_row_outlier_bin_observations_total', { bin: 'le_0' })).toBe(207)
    expect(value('modeltap_prediction_window_observations', { output: 'score', window: '5m' })).toBe(214)
    expect(value('modeltap_feature_window_observations', { feature: 'age', window: '5m' })).toBe(213)
    const low = value('modeltap_prediction_low_confidence_ratio', { window: '5m' })
    expect(low).toBeGreaterThan(0.2)
    expect(low).toBeLessThan(0.35)
  })
  expect(modeltap.log()).toContain('features that the baseline lacks, so they are not compared')
  const page = await (await fetch(`${modeltap.adminUrl}/`)).text()
  expect(page).toContain('it lacks shoe_size')
})

test('a feature whose values have all become one is told', async () => {
  await eventually(modeltap, (exposition) => {
    const [constant] = samples(exposition, 'modeltap_feature_constant', { feature: 'amount', window: '5m' })
    expect(constant?.value).toBe(0)
  })
  const frozen = await startModeltap(
    ['--upstream', upstream.address, '--baseline', join(directory, 'baseline.json')],
    { MODELTAP_EVALUATION_INTERVAL: '100ms' },
  )
  try {
    const rows = Array.from({ length: 300 }, () => ({ ...ordinary(), amount: 7 }))
    await (
      await fetch(`${frozen.dataUrl}/v1/models/credit:predict`, {
        method: 'POST',
        body: JSON.stringify({ instances: rows }),
      })
    ).text()
    await eventually(frozen, (exposition) => {
      const flags = samples(exposition, 'modeltap_feature_constant', { window: '5m' })
      expect(Object.fromEntries(flags.map(({ labels, value }) => [labels['feature'], value]))).toEqual({
        amount: 1,
        age: 0,
        city: 0,
      })
    })
  } finally {
    await frozen.stop()
  }
})
