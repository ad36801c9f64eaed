/** Learn in staging, use in production: the baseline of a running modeltap is one GET; learning anew needs a token. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runModeltap, type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'
import { startUpstream, summingModel, type TestUpstream } from '../support/upstream.ts'

const TOKEN = 'a-token-of-the-test'
let upstream: TestUpstream
let staging: RunningModeltap
let directory: string

async function predict(url: string, rows: number): Promise<void> {
  for (let row = 0; row < rows; row += 20) {
    const instances = Array.from({ length: 20 }, (_, index) => [row + index, (row * 7 + index) % 13])
    const response = await fetch(`${url}/v1/models/adder:predict`, {
      method: 'POST',
      body: JSON.stringify({ instances }),
    })
    expect(response.status).toBe(200)
    await response.text()
  }
}

/** Polls the admin port until a document or a series is there. */
async function eventually<Value>(read: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = performance.now() + 8000
  for (;;) {
    const value = await read()
    if (value !== undefined) return value
    if (performance.now() > deadline) throw new Error('it never came')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'modeltap-test-'))
  upstream = await startUpstream(summingModel)
  staging = await startModeltap(['--upstream', upstream.address], {
    MODELTAP_BASELINE_LEARN_ROWS: '200',
    MODELTAP_BASELINE_LEARN_MIN_DURATION: '1ms',
    MODELTAP_EVALUATION_INTERVAL: '100ms',
    MODELTAP_ADMIN_TOKEN: TOKEN,
  })
})

afterAll(async () => {
  await staging.stop()
  await upstream.close()
  rmSync(directory, { recursive: true })
})

test('what staging learned is a file that production loads', async () => {
  await predict(staging.dataUrl, 400)
  const document = await eventually(async () => {
    const response = await fetch(`${staging.adminUrl}/api/v1/baseline`)
    return response.ok ? await response.text() : undefined
  })
  const file = join(directory, 'baseline.json')
  writeFileSync(file, document)
  const inspected = await runModeltap(['baseline', 'inspect', file])
  expect(inspected.code).toBe(0)
  expect(inspected.stdout).toContain('prediction')

  const production = await startModeltap(['--upstream', upstream.address, '--baseline', file], {
    MODELTAP_EVALUATION_INTERVAL: '100ms',
  })
  try {
    await predict(production.dataUrl, 20)
    const source = await eventually(async () => {
      const exposition = await (await fetch(`${production.adminUrl}/metrics`)).text()
      return samples(exposition, 'modeltap_baseline_info')[0]?.labels['source']
    })
    expect(source).toBe('loaded')
  } finally {
    await production.stop()
  }
})

test('learning anew is refused without the token and audited with it', async () => {
  const url = `${staging.adminUrl}/api/v1/baseline/learn`
  expect((await fetch(url, { method: 'POST' })).status).toBe(401)
  const headers = { authorization: `Bearer ${TOKEN}` }
  expect((await fetch(`${url}?model=nobody`, { method: 'POST', headers })).status).toBe(404)
  const accepted = await fetch(url, { method: 'POST', headers })
  expect(accepted.status).toBe(200)
  expect((await fetch(`${staging.adminUrl}/api/v1/baseline`)).status).toBe(404)
  expect(staging.log()).toContain('baseline.learn')
})
