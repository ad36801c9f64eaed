/** The analysis thread is killed under load: no request fails, and the metrics are back within five seconds. */
import { Agent, request } from 'node:http'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { samples, startModeltap, type RunningModeltap } from '../support/modeltap.ts'
import { startUpstream, summingModel, type TestUpstream } from '../support/upstream.ts'

let upstream: TestUpstream | undefined
let modeltap: RunningModeltap | undefined

afterEach(async () => {
  await modeltap?.stop()
  await upstream?.close()
})

interface Load {
  readonly succeeded: () => number
  readonly failures: readonly string[]
  readonly stop: () => Promise<void>
}

/** Keeps `concurrency` connections busy until it is stopped. */
function startLoad(url: string, concurrency: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const failures: string[] = []
  let succeeded = 0
  let stopping = false
  const one = (): Promise<void> =>
    new Promise((done) => {
      const outgoing = request(`${url}/v1/models/adder:predict`, { agent, method: 'POST' }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => {
          if (text === '{"predictions":[6]}') succeeded += 1
          else failures.push(`${response.statusCode} ${text}`)
          done()
        })
      })
      outgoing.on('error', (error) => {
        failures.push(error.message)
        done()
      })
      outgoing.end('{"instances":[[1,2,3]]}')
    })
  const lane = async (): Promise<void> => {
    while (!stopping) await one()
  }
  const lanes = Array.from({ length: concurrency }, lane)
  return {
    succeeded: () => succeeded,
    failures,
    stop: async () => {
      stopping = true
      await Promise.all(lanes)
      agent.destroy()
    },
  }
}

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
  const preload = ['--import', resolve(import.meta.dirname, '../support/killable-analysis.ts')]
  modeltap = await startModeltap(['--upstream', upstream.address], {}, preload)
  const load = startLoad(modeltap.dataUrl, 8)
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
