/** A canary is compared with what the stable version sees, when the configuration says so. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'
import { normalSource, randomSource } from '../support/rows.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'

const normal = normalSource(randomSource(51))
let upstream: TestUpstream
let modeltap: RunningModeltap

/** Requests of fifty rows of one feature to a version of the model; the second version answers twice as much. */
async function predict(version: string, rows: number, mean: number): Promise<void> {
  for (let row = 0; row < rows; row += 50) {
    const data = Array.from({ length: 50 }, () => mean + normal())
    const response = await fetch(`${modeltap.dataUrl}/v2/models/price/versions/${version}/infer`, {
      method: 'POST',
      body: JSON.stringify({ inputs: [{ name: 'size', shape: [50, 1], datatype: 'FP64', data }] }),
    })
    expect(response.status).toBe(200)
    await response.text()
  }
}

beforeAll(async () => {
  upstream = await startUpstream((request, body, response) => {
    const version = /versions\/(\d+)\//.exec(request.url ?? '')?.[1] ?? ''
    const { inputs } = JSON.parse(body.toString()) as { inputs: { data: number[] }[] }
    const data = (inputs[0]?.data ?? []).map((size) => (version === '2' ? 2 : 1) * size)
    const outputs = [{ name: 'price', shape: [data.length, 1], datatype: 'FP64', data }]
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ model_name: 'price', model_version: version, outputs }))
  })
  modeltap = await startModeltap(['--upstream', upstream.address], {
    MODELTAP_BASELINE_LEARN_ROWS: '1000',
    MODELTAP_BASELINE_LEARN_MIN_DURATION: '1ms',
    MODELTAP_BASELINE_NEW_VERSION: 'previous',
    MODELTAP_EVALUATION_INTERVAL: '100ms',
  })
})

afterAll(async () => {
  await modeltap.stop()
  await upstream.close()
})

test('the canary sees the same traffic and answers otherwise: only its answers drift', async () => {
  await predict('1', 1_000, 0)
  // Live traffic is not that of the training; both versions see it.
  await predict('1', 3_000, 5)
  await eventually(modeltap, (exposition) => {
    const rows = samples(exposition, 'modeltap_prediction_window_observations', { version: '1' })
    expect(rows[0]?.value).toBe(3_000)
  })
  await predict('2', 1_000, 5)
  await eventually(modeltap, (exposition) => {
    const [info] = samples(exposition, 'modeltap_baseline_info', { version: '2' })
    expect(info?.labels['source']).toBe('loaded')
    expect(samples(exposition, 'modeltap_baseline_observations', { version: '2' })[0]?.value).toBe(3_000)
    const drift = (side: string, version: string): boolean => {
      const of = { version, statistic: 'psi', window: '5m' }
      const [score] = samples(exposition, `modeltap_${side}_drift_score`, of)
      const [threshold] = samples(exposition, `modeltap_${side}_drift_threshold`, of)
      return (score?.value ?? Number.NaN) > (threshold?.value ?? Number.NaN)
    }
    expect([drift('feature', '1'), drift('feature', '2'), drift('prediction', '2')]).toEqual([
      true,
      false,
      true,
    ])
  })
  const { source } = (await (await fetch(`${modeltap.adminUrl}/api/v1/baseline?version=2`)).json()) as {
    source: string
  }
  expect(source).toBe('the last 1d of version 1')
})
