/** The sampler on this machine: real processes, real /proc, real sockets. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import type { Address } from '../../src/lib/address.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { resourcesOptions } from '../../src/resources/options.ts'
import { createResourceSampler, type Machine } from '../../src/resources/sampler.ts'

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A server whose `GET /` burns 200 ms in a child process of its own, and holds the connection open. */
const SERVER = `
  const { spawnSync } = require('node:child_process')
  const burn = 'const t = process.cpuUsage(); while (process.cpuUsage(t).user < 200000);'
  const server = require('node:http').createServer((_, response) => {
    spawnSync(process.execPath, ['-e', burn])
    response.end()
  })
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
`

async function startServer(): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, port: Number(line.toString()) }
}

const missing: Partial<Machine> = { run: () => Promise.resolve({ kind: 'missing' }) }

function samplerOf(port: number, machine: Partial<Machine> = missing) {
  const upstream: Address = { kind: 'tcp', host: '127.0.0.1', port }
  const options = resourcesOptions.parse({})
  return createResourceSampler({
    upstreams: [upstream],
    options,
    clock: new ManualClock(),
    logger: silentLogger,
    machine,
  })
}

test.runIf(process.platform === 'linux')('a server that burns CPU in short-lived children', async () => {
  const { child, port } = await startServer()
  const sampler = samplerOf(port)
  await sampler.sample()
  const before = sampler.snapshot()
  expect(before.model).toMatchObject({ up: true, processes: 1, openConnections: 0, restartsTotal: 0 })
  expect(before.model.memoryBytes).toBeGreaterThan(10 * 2 ** 20)
  expect(before.takenEpochMs).toBe(1_700_000_000_000)
  await fetch(`http://127.0.0.1:${port}/`)
  await sampler.sample()
  const after = sampler.snapshot()
  const usedSeconds = (after.model.cpuSecondsTotal ?? 0) - (before.model.cpuSecondsTotal ?? 0)
  expect(usedSeconds).toBeGreaterThan(0.19)
  expect(usedSeconds).toBeLessThan(5)
  expect(after.host.cpuUtilizationRatio).toBeGreaterThanOrEqual(0)
  expect(after.host.cpuUtilizationRatio).toBeLessThanOrEqual(1)
  expect(after.host.memoryUsedBytes).toBeLessThan(after.host.memoryTotalBytes ?? 0)
  child.kill('SIGKILL')
  await once(child, 'close')
  await sampler.sample()
  expect(sampler.snapshot().model).toMatchObject({
    up: false,
    source: 'none',
    failure: 'not-listening',
    cpuSecondsTotal: after.model.cpuSecondsTotal,
  })
})

test('GPU memory is that of the model’s processes alone', async () => {
  const { child, port } = await startServer()
  const uuid = 'GPU-d37a67de-2f3a-4f4c-a0ac-6b8c79ef9d1b'
  const sampler = samplerOf(port, {
    run: (_, [question = '']) =>
      Promise.resolve({
        kind: 'done',
        status: 0,
        output: question.startsWith('--query-gpu')
          ? `0, ${uuid}, Tesla T4, 37, 12, 1421, 15360, 61, 45.31, 70.00, 1590, 0, [N/A]\n`
          : `${child.pid}, ${uuid}, 1000\n1, ${uuid}, 421\n`,
      }),
  })
  await sampler.sample()
  await sampler.sampleGpus()
  expect(sampler.snapshot().model.gpuMemory).toEqual([{ gpu: '0', uuid, bytes: 1000 * 2 ** 20 }])
  expect(sampler.snapshot().gpuFailures).toEqual({ timeout: 0, 'exit-status': 0, 'unreadable-output': 0 })
})

test('before the first sample, and without nvidia-smi', async () => {
  const sampler = samplerOf(1)
  expect(sampler.snapshot()).toMatchObject({
    takenEpochMs: 0,
    model: { up: false, failure: 'not-sampled' },
    gpus: [],
  })
  await sampler.sampleGpus()
  expect(sampler.snapshot()).not.toHaveProperty('gpuFailures')
})

test('a hanging nvidia-smi blocks neither samples nor the snapshot, and stop stops', async () => {
  let asked = 0
  const sampler = samplerOf(1, {
    run: () => {
      asked += 1
      return new Promise(() => undefined)
    },
  })
  sampler.start()
  await expect.poll(() => sampler.snapshot().takenEpochMs).toBeGreaterThan(0)
  await expect.poll(() => asked).toBe(1)
  await sampler.sample()
  await sampler.sampleGpus()
  expect(asked).toBe(1)
  expect(sampler.snapshot().gpus).toEqual([])
  sampler.stop()
})
