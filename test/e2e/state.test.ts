/** Windows and a learned baseline survive kill -9 and an orderly restart; a broken checkpoint stops nothing. */
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'
import { startUpstream, summingModel, type TestUpstream } from '../support/upstream.ts'

let upstream: TestUpstream
let directory: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'modeltap-test-'))
  upstream = await startUpstream(summingModel)
})

afterAll(async () => {
  await upstream.close()
  rmSync(directory, { recursive: true })
})

const start = (): Promise<RunningModeltap> =>
  startModeltap(['--upstream', upstream.address], {
    MODELTAP_STATE_DIRECTORY: directory,
    MODELTAP_STATE_INTERVAL: '200ms',
    MODELTAP_BASELINE_LEARN_ROWS: '200',
    MODELTAP_BASELINE_LEARN_MIN_DURATION: '1ms',
    MODELTAP_EVALUATION_INTERVAL: '100ms',
  })

async function predict(url: string, rows: number): Promise<void> {
  const instances = Array.from({ length: rows }, (_, row) => [row, (row * 7) % 13])
  const response = await fetch(`${url}/v1/models/adder:predict`, {
    method: 'POST',
    body: JSON.stringify({ instances }),
  })
  expect(response.status).toBe(200)
  await response.text()
}

async function read(modeltap: RunningModeltap, name: string, labels = {}): Promise<number | undefined> {
  const exposition = await (await fetch(`${modeltap.adminUrl}/metrics`)).text()
  return samples(exposition, name, labels)[0]?.value
}

const windowRows = (modeltap: RunningModeltap) => (): Promise<number | undefined> =>
  read(modeltap, 'modeltap_prediction_window_observations', { model: 'adder', window: '5m' })

const PATIENCE = { timeout: 8000 }

test('kill -9 loses at most what came after the last checkpoint', async () => {
  const first = await start()
  await predict(first.dataUrl, 200)
  await predict(first.dataUrl, 300)
  await expect.poll(windowRows(first), PATIENCE).toBe(300)
  const saved = (await read(first, 'modeltap_checkpoints_total', { outcome: 'saved' })) ?? 0
  const savedAfter = (): Promise<number | undefined> =>
    read(first, 'modeltap_checkpoints_total', { outcome: 'saved' })
  await expect.poll(savedAfter, PATIENCE).toBeGreaterThan(saved + 1)
  first.child.kill('SIGKILL')
  await once(first.child, 'close')

  const second = await start()
  await expect.poll(windowRows(second), PATIENCE).toBe(300)
  await predict(second.dataUrl, 50)
  await expect.poll(windowRows(second), PATIENCE).toBe(350)
  expect(await second.stop()).toBe(0)
})

test('an orderly end keeps everything up to the last row', async () => {
  const first = await start()
  await expect.poll(windowRows(first), PATIENCE).toBe(350)
  await predict(first.dataUrl, 25)
  expect(await first.stop()).toBe(0)
  const second = await start()
  await expect.poll(windowRows(second), PATIENCE).toBe(375)
  await second.stop()
})

test('a checkpoint that is cut short is set aside, and the start goes on', async () => {
  truncateSync(join(directory, 'windows.checkpoint'), 100)
  const modeltap = await start()
  expect(await read(modeltap, 'modeltap_checkpoints_total', { outcome: 'set_aside' })).toBe(1)
  expect(existsSync(join(directory, 'windows.checkpoint.unusable'))).toBe(true)
  await predict(modeltap.dataUrl, 200)
  await modeltap.stop()
})
