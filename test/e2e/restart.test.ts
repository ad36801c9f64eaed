/**
 * Under load the analysis thread is killed, stands still, or gets garbage, and an instance is told to go: no request
 * fails, and what is observed goes on.
 */
import { randomFillSync } from 'node:crypto'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { startLoad } from '../support/load.ts'
import { type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'
import { startUpstream, summingModel, type TestUpstream } from '../support/upstream.ts'

let upstream: TestUpstream | undefined
let modeltap: RunningModeltap | undefined
let second: RunningModeltap | undefined

afterEach(async () => {
  await modeltap?.stop()
  await second?.stop()
  second = undefined
  await upstream?.close()
})

const PRELOAD = ['--import', resolve(import.meta.dirname, '../support/killable-analysis.ts')]

async function scrape(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/metrics`)
    return response.ok ? await response.text() : undefined
  } catch {
    return undefined
  }
}

test('killing the analysis thread under load fails no request, and observation resumes', async () => {
  upstream = await startUpstream(summingModel)
  modeltap = await startModeltap(['--upstream', upstream.address], {}, PRELOAD)
  const load = startLoad([modeltap.dataUrl], 8)
  await sleep(1000)
  const before = load.succeeded()
  expect(before).toBeGreaterThan(100)

  modeltap.child.kill('SIGUSR2')
  const killedAt = performance.now()
  let exposition: string | undefined
  const restarted = (text: string | undefined): boolean =>
    text !== undefined &&
    samples(text, 'modeltap_analysis_restarts_total', { reason: 'crash' })[0]?.value === 1
  while (!restarted((exposition = await scrape(modeltap.adminUrl)))) {
    expect(performance.now() - killedAt, 'milliseconds without metrics').toBeLessThan(5000)
    await sleep(50)
  }
  const resumedAt = load.succeeded()
  await sleep(1000)
  await load.stop()
  exposition = await scrape(modeltap.adminUrl)

  expect(load.failures).toEqual([])
  expect(load.succeeded()).toBeGreaterThan(resumedAt + 100)
  const observed = samples(exposition ?? '', 'modeltap_requests_total', {
    outcome: 'success',
    operation: 'predict',
  })
  const total = observed.reduce((sum, { value }) => sum + value, 0)
  expect(total).toBeGreaterThan(load.succeeded() - resumedAt)
})

async function observedRequests(url: string): Promise<number> {
  const text = (await scrape(url)) ?? ''
  return samples(text, 'modeltap_requests_total', { outcome: 'success', operation: 'predict' }).reduce(
    (sum, { value }) => sum + value,
    0,
  )
}

test('an analysis thread that stands still under load fails no request, and is replaced', async () => {
  upstream = await startUpstream(summingModel)
  modeltap = await startModeltap(['--upstream', upstream.address], {}, PRELOAD)
  const load = startLoad([modeltap.dataUrl], 8)
  await sleep(500)

  modeltap.child.kill('SIGWINCH')
  const stalledAt = load.succeeded()
  const message = 'restarting the analysis thread'
  while (!modeltap.log().includes(message)) await sleep(100)
  const replacedAt = load.succeeded()
  expect(modeltap.log()).toContain('"reason":"stall"')
  expect(replacedAt).toBeGreaterThan(stalledAt + 1000)

  let observed = Number.NaN
  while (!(observed > 0)) {
    await sleep(100)
    observed = await observedRequests(modeltap.adminUrl)
  }
  await sleep(500)
  expect(await observedRequests(modeltap.adminUrl)).toBeGreaterThan(observed)
  await load.stop()
  expect(load.failures).toEqual([])
}, 60_000)

test('garbage on other connections fails no request and hides none', async () => {
  upstream = await startUpstream(summingModel)
  modeltap = await startModeltap(['--upstream', upstream.address])
  const load = startLoad([modeltap.dataUrl], 4)
  const port = Number(new URL(modeltap.dataUrl).port)
  for (let round = 0; round < 200; round += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    const garbage = randomFillSync(Buffer.alloc(1 + round * 50))
    socket.end(round % 2 === 0 ? garbage : Buffer.concat([Buffer.from('POST / HTTP/1.1\r\n'), garbage]))
    socket.resume()
    await new Promise((closed) => socket.once('close', closed))
  }
  await load.stop()
  expect(load.failures).toEqual([])
  const sent = load.succeeded()
  await expect.poll(() => observedRequests(modeltap?.adminUrl ?? ''), { timeout: 5000 }).toBe(sent)
  const text = (await scrape(modeltap.adminUrl)) ?? ''
  const unobserved = samples(text, 'modeltap_exchanges_unobserved_total')
  expect(unobserved.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThanOrEqual(100)
})

test('SIGTERM to one of two instances under keep-alive load fails no request', async () => {
  upstream = await startUpstream(summingModel)
  modeltap = await startModeltap(['--upstream', upstream.address])
  second = await startModeltap(['--upstream', upstream.address])
  const load = startLoad([modeltap.dataUrl, second.dataUrl], 8)
  await sleep(1000)
  const before = load.succeeded()
  expect(await modeltap.stop()).toBe(0)
  await sleep(500)
  await load.stop()
  expect(load.failures).toEqual([])
  expect(load.succeeded()).toBeGreaterThan(before + 100)
})
