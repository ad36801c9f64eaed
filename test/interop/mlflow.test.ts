/** `mlflow models serve` asked in each form that it takes, JSON and CSV; named columns of numbers and of text. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { samples } from '../support/modeltap.ts'
import { freePorts, type PythonServer, runPython, startPythonServer } from './python-environment.ts'
import { startWatched } from './watched.ts'

const LEARNED_ROWS = 100
const REQUESTS = 120

let folder: string
let server: PythonServer
let address: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'modeltap-mlflow-'))
  const [port = 0] = await freePorts(1)
  address = `127.0.0.1:${port}`
  await runPython('servers', 'mlflow_model.py', [join(folder, 'model')])
  const args = ['models', 'serve', '-m', 'model', '-p', String(port), '--env-manager', 'local', '-w', '1']
  const url = `http://${address}/ping`
  server = await startPythonServer({ environment: 'servers', program: 'mlflow', args, url, folder })
})

afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

interface Seen {
  readonly rows: number
  /** Sum of the times that the client waited for an answer. */
  readonly seconds: number
  readonly cities: Readonly<Record<string, number>>
  readonly median_area: number
  readonly median_rent: number
}

test('data frames, records, tensors and CSV are one and the same table', async () => {
  const modeltap = await startWatched(address, {
    MODELTAP_MODEL_NAME: 'rent',
    MODELTAP_BASELINE_LEARN_ROWS: String(LEARNED_ROWS),
    MODELTAP_BASELINE_LEARN_MIN_DURATION: '1ms',
    MODELTAP_EVALUATION_INTERVAL: '200ms',
  })
  try {
    const printed = await runPython('servers', 'invocations_client.py', [
      `${modeltap.dataUrl}/invocations`,
      String(REQUESTS),
    ])
    const seen = JSON.parse(printed) as Seen
    await eventually(modeltap, (exposition) => check(exposition, seen))
  } finally {
    expect(await modeltap.stop()).toBe(0)
  }
})

function check(exposition: string, seen: Seen): void {
  const model = { model: 'rent' }
  const valueOf = (name: string, labels: Readonly<Record<string, string>>): number | undefined =>
    samples(exposition, name, { ...model, ...labels })[0]?.value

  expect(valueOf('modeltap_predictions_total', {})).toBe(seen.rows)
  expect(valueOf('modeltap_requests_total', { protocol: 'mlflow', outcome: 'success' })).toBe(REQUESTS)
  const seconds = valueOf('modeltap_request_duration_seconds_sum', { operation: 'predict' })
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThan(seen.seconds)
  const failures = samples(exposition, 'modeltap_decode_failures_total').filter(({ value }) => value > 0)
  expect(failures).toEqual([])

  const columns = samples(exposition, 'modeltap_feature_values_total', { ...model, kind: 'valid' })
  expect(columns.map(({ labels }) => labels['feature']).sort()).toEqual(['area', 'city', 'rooms'])
  const bins = samples(exposition, 'modeltap_feature_bin_observations_total', { ...model, feature: 'city' })
  const bonn = bins.find(({ labels }) => labels['bin'] === 'Bonn')?.value ?? 0
  // Counted after the baseline was learned, so up to its rows fewer than were sent.
  expect(bonn).toBeLessThanOrEqual(seen.cities['Bonn'] ?? 0)
  expect(bonn).toBeGreaterThan((seen.cities['Bonn'] ?? 0) * (1 - (2 * LEARNED_ROWS) / seen.rows))

  const medianArea = valueOf('modeltap_feature_value', { feature: 'area', q: '0.5' }) ?? NaN
  const medianRent = valueOf('modeltap_prediction_value', { output: 'prediction', q: '0.5' }) ?? NaN
  expect(Math.abs(medianArea / seen.median_area - 1)).toBeLessThan(0.05)
  expect(Math.abs(medianRent / seen.median_rent - 1)).toBeLessThan(0.05)
}
