import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import type { ConfigReload } from '../../src/instruments/self-snapshot.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { type Reloader, type Settings, startReloader } from '../../src/reload/reloader.ts'

const PATIENCE = { timeout: 15_000, interval: 20 }

let folder: string
let file: string
let clock: ManualClock
let applied: Settings[]
let reports: ConfigReload[]
let loads: number
let refusal: Error | undefined
let reloader: Reloader

const load = async (): Promise<Settings> => {
  loads += 1
  const { config } = loadConfig({ file, environment: {}, flags: { upstream: '127.0.0.1:1' } })
  return { config, baseline: undefined }
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'modeltap-reload-'))
  file = join(folder, 'modeltap.yaml')
  writeFileSync(file, 'drift: { minSamples: 300 }')
  clock = new ManualClock()
  applied = []
  reports = []
  loads = 0
  refusal = undefined
  reloader = startReloader({
    settings: await load(),
    file,
    load,
    apply: async (settings) => {
      if (refusal !== undefined) throw refusal
      applied.push(settings)
    },
    report: (state) => reports.push(state),
    clock,
    logger: silentLogger,
    lookMs: 10,
    retryMs: 30,
  })
})
afterEach(async () => {
  await reloader.stop()
  rmSync(folder, { recursive: true })
})

test('the start is a success', () => {
  expect(reports).toEqual([{ successful: true, successEpochMs: clock.epochMs() }])
})

test('a changed file is taken up; one that is the same replaces nothing and is a success', async () => {
  clock.advance(1000)
  await reloader.reload('SIGHUP')
  expect(applied).toEqual([])
  expect(reports.at(-1)).toEqual({ successful: true, successEpochMs: clock.epochMs() })
  writeFileSync(file, 'drift: { minSamples: 400 }')
  await vi.waitFor(
    () => expect(applied.map(({ config }) => config.drift.minSamples)).toEqual([400]),
    PATIENCE,
  )
})

test.each([
  ['an unknown key', 'nonsense: 1'],
  ['a key that cannot change, beside one that can', 'listen: 127.0.0.1:9999\ndrift: { minSamples: 400 }'],
])('%s changes nothing, is a failure, and is over when the file is right', async (_, text) => {
  const startedMs = clock.epochMs()
  writeFileSync(file, text)
  clock.advance(1000)
  await reloader.reload('SIGHUP')
  expect(applied).toEqual([])
  expect(reports.at(-1)).toEqual({ successful: false, successEpochMs: startedMs })
  writeFileSync(file, 'drift: { minSamples: 300 }')
  await vi.waitFor(() => expect(reports.at(-1)?.successful).toBe(true), PATIENCE)
  expect(applied).toEqual([])
})

test('settings that cannot be taken up are tried again, and are the former ones until then', async () => {
  refusal = new Error('the port is in use')
  writeFileSync(file, 'drift: { minSamples: 400 }')
  await reloader.reload('SIGHUP')
  expect(reports.at(-1)?.successful).toBe(false)
  refusal = undefined
  await vi.waitFor(() => expect(applied).toHaveLength(1), PATIENCE)
  await vi.waitFor(() => expect(reports.at(-1)?.successful).toBe(true), PATIENCE)
})

test('many signals at once are one reload after the one that runs', async () => {
  const before = loads
  await Promise.all([1, 2, 3, 4, 5].map(() => reloader.reload('SIGHUP')))
  expect(loads - before).toBeLessThanOrEqual(2)
})
