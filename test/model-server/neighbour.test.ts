/** The neighbour over real sockets: good, slow, large, strange and absent. */
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { boundedGet } from '../../src/model-server/bounded-get.ts'
import { createNeighbour, type Neighbour } from '../../src/model-server/neighbour.ts'
import { neighbourOptions } from '../../src/model-server/options.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
}

function neighbourAt(metrics: string, limits: { timeout?: string; maxBytes?: string } = {}): Neighbour {
  const options = { ...neighbourOptions.parse({ metrics, ...limits }), metrics }
  return createNeighbour({ options, clock: systemClock, logger: silentLogger, get: boundedGet })
}

const OWN = '# TYPE ours gauge\nours 1\n'
const renderOwn = (): Promise<string> => Promise.resolve(OWN)
const THEIRS = '# TYPE theirs gauge\ntheirs 2\n'

test('theirs behind ours, asked for as plain text', async () => {
  let accept: string | undefined
  const url = await serve((request, response) => {
    accept = request.headers.accept
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8').end(THEIRS)
  })
  const neighbour = neighbourAt(url)
  expect(await neighbour.render(renderOwn)).toBe(OWN + THEIRS)
  expect(accept).toBe('text/plain;version=0.0.4')
  expect(neighbour.snapshot()).toMatchObject({ up: true, samples: 1 })
  expect(neighbour.snapshot().durationSeconds).toBeGreaterThan(0)
})

test.each([
  ['a path', 307, () => '/metrics/'],
  ['a whole URL', 308, (host: string) => `http://${host}/metrics/`],
  ['a relative path', 302, () => 'metrics/'],
])('a redirect to %s of the same server is followed', async (_, status, locationOf) => {
  const asked: (string | undefined)[] = []
  const url = await serve((request, response) => {
    asked.push(request.url)
    if (request.url === '/metrics/') response.setHeader('content-type', 'text/plain').end(THEIRS)
    else response.writeHead(status, { location: locationOf(request.headers.host ?? '') }).end()
  })
  expect(await neighbourAt(url).render(renderOwn)).toBe(OWN + THEIRS)
  expect(asked).toEqual(['/metrics', '/metrics/'])
})

test('no redirect to another server is followed, and none in a circle', async () => {
  let asked = 0
  const other = await serve((_, response) => {
    asked += 1
    response.setHeader('content-type', 'text/plain').end(THEIRS)
  })
  for (const location of [
    other,
    other.replace('http:', 'https:'),
    '//elsewhere:1/metrics',
    'http://[',
    'file:///etc/passwd',
  ]) {
    const neighbour = neighbourAt(await serve((_, response) => response.writeHead(307, { location }).end()))
    expect(await neighbour.render(renderOwn)).toBe(OWN)
    expect(neighbour.snapshot().failures.status).toBe(1)
  }
  expect(asked).toBe(0)
  let rounds = 0
  const circle = await serve((_, response) => {
    rounds += 1
    response.writeHead(307, { location: '/metrics' }).end()
  })
  expect(await neighbourAt(circle).render(renderOwn)).toBe(OWN)
  expect(rounds).toBe(2)
})

test.each<[string, RequestListener, string]>([
  ['status', (_, response) => response.writeHead(503).end('not ready'), 'status'],
  ['redirect', (_, response) => response.writeHead(302, { location: '/elsewhere' }).end(), 'status'],
  ['a page', (_, response) => response.setHeader('content-type', 'text/html').end('<html>'), 'content-type'],
  [
    'another format',
    (_, response) =>
      response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0').end('# EOF\n'),
    'content-type',
  ],
  ['too large', (_, response) => response.end('a 1\n'.repeat(50_000)), 'too-large'],
  [
    'endless',
    (_, response) => void setInterval(() => response.write('a 1\n'.repeat(9000)), 1).unref(),
    'too-large',
  ],
  ['silent', () => undefined, 'timeout'],
  ['stuck in the middle', (_, response) => void response.write('a 1\n'), 'timeout'],
  ['broken off', (request) => request.socket.destroy(), 'unreachable'],
  [
    'broken off in the middle',
    (_, response) => response.write('a 1\n', () => response.socket?.destroy()),
    'unreachable',
  ],
])('%s: ours alone, and one failure', async (_, listener, failure) => {
  const neighbour = neighbourAt(await serve(listener), { timeout: '300ms', maxBytes: '64KiB' })
  expect(await neighbour.render(renderOwn)).toBe(OWN)
  expect(neighbour.snapshot()).toMatchObject({
    up: false,
    samples: 0,
    failures: { unreachable: 0, timeout: 0, status: 0, 'content-type': 0, 'too-large': 0, [failure]: 1 },
  })
})

test('nobody there, then somebody', async () => {
  const neighbour = neighbourAt('http://127.0.0.1:1/metrics')
  expect(await neighbour.render(renderOwn)).toBe(OWN)
  expect(neighbour.snapshot()).toMatchObject({ up: false, failures: { unreachable: 1 } })
})

test('what is left out is counted by reason, cumulatively', async () => {
  const url = await serve((_, response) => response.end('# TYPE ours counter\nours 5\nbroken\ntheirs 2\n'))
  const neighbour = neighbourAt(url)
  await neighbour.render(renderOwn)
  expect(await neighbour.render(renderOwn)).toBe(`${OWN}theirs 2\n`)
  expect(neighbour.snapshot()).toMatchObject({
    samples: 1,
    droppedSamples: { malformed: 2, 'type-conflict': 2 },
  })
})

test('two scrapers at once share one fetch, the next one fetches again', async () => {
  let requests = 0
  const url = await serve((_, response) => {
    requests += 1
    response.end(THEIRS)
  })
  const neighbour = neighbourAt(url)
  await Promise.all([neighbour.render(renderOwn), neighbour.render(renderOwn)])
  expect(requests).toBe(1)
  await neighbour.render(renderOwn)
  expect(requests).toBe(2)
})

test('our own failure stays ours', async () => {
  const neighbour = neighbourAt(await serve((_, response) => response.end(THEIRS)))
  await expect(neighbour.render(() => Promise.reject(new Error('ours')))).rejects.toThrow('ours')
  expect(await neighbour.render(renderOwn)).toBe(OWN + THEIRS)
})

test.each(['8002/metrics', 'ftp://127.0.0.1/metrics', 'metrics'])('no URL: %s', (metrics) => {
  expect(neighbourOptions.safeParse({ metrics }).success).toBe(false)
})
