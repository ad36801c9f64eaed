/** What lies in the state folder stops no start, two processes do not share one, and a thread's state outlives it. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { STATE_VERSION } from '../../src/analysis/model-state.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../src/checkpoints/checkpoint-file.ts'
import { type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'
import { startUpstream, summingModel, type TestUpstream } from '../support/upstream.ts'

let upstream: TestUpstream
let directory: string
let running: RunningModeltap[] = []

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'modeltap-test-'))
  upstream = await startUpstream(summingModel)
})
afterEach(async () => {
  for (const modeltap of running) await modeltap.stop()
  running = []
  await upstream.close()
  rmSync(directory, { recursive: true })
})

const PRELOAD = ['--import', resolve(import.meta.dirname, '../support/killable-analysis.ts')]
const PATIENCE = { timeout: 20_000 }

async function start(environment: Record<string, string> = { MODELTAP_STATE_DIRECTORY: directory }) {
  const modeltap = await startModeltap(
    ['--upstream', upstream.address],
    {
      MODELTAP_STATE_INTERVAL: '200ms',
      MODELTAP_BASELINE_LEARN_ROWS: '200',
      MODELTAP_BASELINE_LEARN_MIN_DURATION: '1ms',
      MODELTAP_EVALUATION_INTERVAL: '100ms',
      ...environment,
    },
    PRELOAD,
  )
  running.push(modeltap)
  return modeltap
}

async function predict({ dataUrl }: RunningModeltap, rows: number): Promise<void> {
  const instances = Array.from({ length: rows }, (_, row) => [row, (row * 7) % 13])
  const body = JSON.stringify({ instances })
  const response = await fetch(`${dataUrl}/v1/models/adder:predict`, { method: 'POST', body })
  expect(response.status).toBe(200)
  await response.text()
}

const read =
  ({ adminUrl }: RunningModeltap, name: string, labels: Record<string, string> = {}) =>
  async (): Promise<number | undefined> => {
    const response = await fetch(`${adminUrl}/metrics`).catch(() => undefined)
    return response?.ok === true ? samples(await response.text(), name, labels)[0]?.value : undefined
  }

const file = (): string => join(directory, 'windows.checkpoint')

async function keepSomething(): Promise<void> {
  const first = await start()
  await predict(first, 300)
  await first.stop()
  running = []
}

/** A checkpoint that is whole by its hash, with its first part changed. */
function forge(change: (part: Record<string, unknown>) => void): void {
  const read = decodeCheckpoint(readFileSync(file()), STATE_VERSION)
  if (!('parts' in read)) throw new Error(read.problem)
  change(read.parts[0] as Record<string, unknown>)
  writeFileSync(file(), Buffer.concat([...encodeCheckpoint({ version: STATE_VERSION, parts: read.parts })]))
}

test.each<[string, () => void]>([
  ['a first part without its model', () => forge((part) => delete part['model'])],
  ['negative rows', () => forge((part) => (part['predictionRows'] = -5))],
  ['a baseline of another kind', () => forge((part) => (part['baseline'] = { columns: 'none' }))],
  ['a pipe', () => (rmSync(file()), execFileSync('mkfifo', [file()]))],
  ['a file of 1.5 GiB', () => truncateSync(file(), 1.5 * 2 ** 30)],
  ['a link to a device', () => (rmSync(file()), symlinkSync('/dev/zero', file()))],
])('%s in the place of the checkpoint: the start goes on, and keeps state again', async (_, put) => {
  await keepSomething()
  put()
  const modeltap = await start()
  await predict(modeltap, 10)
  await expect.poll(read(modeltap, 'modeltap_checkpoints_total', { outcome: 'set_aside' }), PATIENCE).toBe(1)
  await expect
    .poll(read(modeltap, 'modeltap_checkpoints_total', { outcome: 'saved' }), PATIENCE)
    .toBeGreaterThan(1)
  expect(readdirSync(directory)).toContain('windows.checkpoint.unusable')
})

test('a second process keeps nothing and says so, and takes over when the first is gone', async () => {
  const first = await start()
  await predict(first, 300)
  await expect
    .poll(read(first, 'modeltap_checkpoints_total', { outcome: 'saved' }), PATIENCE)
    .toBeGreaterThan(1)
  const second = await start()
  expect(second.log()).toContain('another process uses state.directory')
  await predict(second, 300)
  await expect
    .poll(read(second, 'modeltap_checkpoints_total', { outcome: 'failed' }), PATIENCE)
    .toBeGreaterThan(1)
  expect(await read(second, 'modeltap_checkpoints_total', { outcome: 'saved' })()).toBe(0)
  first.child.kill('SIGKILL')
  await once(first.child, 'close')
  running = [second]
  await expect
    .poll(read(second, 'modeltap_checkpoints_total', { outcome: 'saved' }), PATIENCE)
    .toBeGreaterThan(0)
})

test('without a folder, what was learned outlives the analysis thread', async () => {
  const modeltap = await start({ MODELTAP_STATE_INTERVAL: '1h' })
  await predict(modeltap, 250)
  const observations = read(modeltap, 'modeltap_baseline_info', {})
  await expect.poll(observations, PATIENCE).toBe(1)
  const hash = async (): Promise<string | undefined> => {
    const response = await fetch(`${modeltap.adminUrl}/metrics`).catch(() => undefined)
    return response?.ok === true
      ? samples(await response.text(), 'modeltap_baseline_info')[0]?.labels['hash']
      : undefined
  }
  const before = await hash()
  expect(before).toBeTypeOf('string')
  modeltap.child.kill('SIGUSR2')
  await expect.poll(read(modeltap, 'modeltap_analysis_restarts_total', { reason: 'crash' }), PATIENCE).toBe(1)
  await expect.poll(hash, PATIENCE).toBe(before)
})
