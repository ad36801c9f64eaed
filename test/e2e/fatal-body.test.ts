/** A body at which the analysis thread ended is passed over the next time, and everything else is read. */
import { resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'

const PATIENCE = { timeout: 30_000 }
let upstream: TestUpstream
let modeltap: RunningModeltap

beforeEach(async () => {
  upstream = await startUpstream((_request, _body, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"predictions":[1]}'),
  )
  modeltap = await startModeltap(
    ['--upstream', upstream.address],
    { MODELTAP_EVALUATION_INTERVAL: '100ms' },
    ['--import', resolve(import.meta.dirname, '../support/poisoned-analysis.ts')],
  )
})
afterEach(async () => {
  await modeltap.stop()
  await upstream.close()
})

async function predict(instances: unknown): Promise<void> {
  const body = JSON.stringify({ instances })
  const response = await fetch(`${modeltap.dataUrl}/v1/models/adder:predict`, { method: 'POST', body })
  await response.text()
}

const read = (name: string, labels: Record<string, string>) => async (): Promise<number | undefined> => {
  const response = await fetch(`${modeltap.adminUrl}/metrics`).catch(() => undefined)
  return response?.ok === true ? samples(await response.text(), name, labels)[0]?.value : undefined
}
const rows = async (): Promise<unknown> => {
  const response = await fetch(`${modeltap.adminUrl}/api/v1/models`).catch(() => undefined)
  const { models = [] } = (await response?.json().catch(() => ({}))) as {
    models?: { predictionRows: number }[]
  }
  return models[0]?.predictionRows
}
const restarts = read('modeltap_analysis_restarts_total', { reason: 'crash' })
const passedOver = read('modeltap_exchanges_unobserved_total', { reason: 'fatal_body' })

test('the same body ends one analysis thread, and no second one', async () => {
  await predict([{ a: 'poison' }])
  await expect.poll(restarts, PATIENCE).toBe(1)
  expect(await passedOver()).toBe(0)
  await predict([{ a: 'poison' }])
  await predict([[1, 2]])
  await expect.poll(passedOver, PATIENCE).toBe(1)
  // Its answer is like that of many requests, and those are read.
  await expect.poll(rows, PATIENCE).toBe(1)
  await predict([{ a: 'poison', b: 1 }])
  await expect.poll(restarts, PATIENCE).toBe(2)
  await predict([{ a: 'poison', b: 1 }])
  await predict([{ a: 'poison' }])
  await expect.poll(passedOver, PATIENCE).toBe(2)
  expect(await restarts()).toBe(2)
  expect(modeltap.log()).toContain('ended while it read a body')
})
