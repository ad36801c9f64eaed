/** One scrape port a pod: the model server's own metrics beside ours, and a scrape that survives their loss. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'

let server: TestUpstream
let modeltap: RunningModeltap
let broken = false

beforeAll(async () => {
  server = await startUpstream((_request, _body, response) => {
    if (broken) response.writeHead(500).end()
    else {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
      response.end('# HELP nv_queue Requests waiting.\n# TYPE nv_queue gauge\nnv_queue{model="a"} 3\n')
    }
  })
  modeltap = await startModeltap(['--upstream', server.address], {
    MODELTAP_NEIGHBOUR_METRICS: `http://${server.address}/metrics`,
  })
})

afterAll(async () => {
  await modeltap.stop()
  await server.close()
})

const scrape = async (): Promise<string> => {
  const response = await fetch(`${modeltap.adminUrl}/metrics`, {
    headers: { accept: 'application/openmetrics-text' },
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('version=0.0.4')
  return response.text()
}

test('their series are answered behind ours, under their own names', async () => {
  const exposition = await scrape()
  expect(samples(exposition, 'nv_queue', { model: 'a' })[0]?.value).toBe(3)
  expect(samples(exposition, 'modeltap_neighbour_up')[0]?.value).toBe(1)
  expect(samples(exposition, 'modeltap_build_info')).toHaveLength(1)
})

test('when theirs fail, ours are still answered and say so', async () => {
  broken = true
  const exposition = await scrape()
  expect(samples(exposition, 'nv_queue')).toEqual([])
  expect(samples(exposition, 'modeltap_neighbour_up')[0]?.value).toBe(0)
  expect(samples(exposition, 'modeltap_neighbour_failures_total', { reason: 'status' })[0]?.value).toBe(1)
})
