/** An instance is told to go, under load from clients that reconnect: no request fails, whoever goes first. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { type Load, startLoad } from '../support/load.ts'
import { type RunningModeltap, startModeltap } from '../support/modeltap.ts'

interface Pod {
  readonly model: ChildProcess
  readonly modeltap: RunningModeltap
}

let pods: Pod[] = []
afterEach(async () => {
  for (const { model, modeltap } of pods) {
    await modeltap.stop()
    model.kill('SIGKILL')
  }
  pods = []
})

async function startPod(environment: Record<string, string>): Promise<Pod> {
  const program = resolve(import.meta.dirname, '../support/model-process.ts')
  const model = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(model.stdout, 'data')) as [Buffer]
  const modeltap = await startModeltap(['--upstream', `127.0.0.1:${Number(line)}`], environment)
  const pod = { model, modeltap }
  pods.push(pod)
  return pod
}

/** Two pods under load that has warmed up, all of it on the first. */
async function loaded(environment: Record<string, string> = {}): Promise<{ first: Pod; load: Load }> {
  const first = await startPod(environment)
  const second = await startPod({})
  const load = startLoad([first.modeltap.dataUrl, second.modeltap.dataUrl], 8)
  while (load.succeeded() < 500) await sleep(50)
  return { first, load }
}

/** Whether somebody listens; a client that says nothing is no request. */
async function accepts(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  })
  socket.destroy()
  return isOpen
}

async function endsWell(load: Load): Promise<void> {
  const before = load.succeeded()
  while (load.succeeded() < before + 300 && load.failures.length === 0) await sleep(50)
  await load.stop()
  expect(load.failures).toEqual([])
}

test('the model server goes first and modeltap behind it, as a native sidecar does', async () => {
  const { first, load } = await loaded()
  load.moveOn()
  first.model.kill('SIGTERM')
  await once(first.model, 'exit')
  const toldMs = performance.now()
  expect(await first.modeltap.stop()).toBe(0)
  expect(performance.now() - toldMs).toBeLessThan(5000)
  await endsWell(load)
})

test('the model server goes while modeltap drains', async () => {
  const { first, load } = await loaded()
  const stopped = first.modeltap.stop()
  // Before the port is closed, a client may be accepted and find the model server gone: a 503, and no fault of the drain.
  while (await accepts(first.modeltap.dataUrl)) await sleep(1)
  first.model.kill('SIGTERM')
  expect(await stopped).toBe(0)
  await endsWell(load)
})

test('the model server goes in the drain delay: who is there already gets a 503, then the port is closed', async () => {
  const { first, load } = await loaded({ MODELTAP_DRAIN_DELAY: '30s' })
  const toldMs = performance.now()
  const stopped = first.modeltap.stop()
  while (!first.modeltap.log().includes('"draining"')) await sleep(1)
  first.model.kill('SIGTERM')
  expect(await stopped).toBe(0)
  expect(performance.now() - toldMs).toBeLessThan(15_000)
  const { failures } = load
  expect(failures.filter((text) => !text.startsWith('503 '))).toEqual([])
  failures.length = 0
  await endsWell(load)
})
