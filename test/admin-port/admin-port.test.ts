/** The admin port under floods, without an analysis thread, and with one that stands still. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { MessageChannel } from 'node:worker_threads'
import express from 'express'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AdminServer, serveAdmin } from '../../src/admin/serve.ts'
import { AdminPort } from '../../src/admin-port/admin-port.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { ControlBlock, DRAIN, UPSTREAM } from '../../src/ring/control.ts'
import { createTapMemory, MIN_RING_BYTES } from '../../src/ring/memory.ts'

let control: ControlBlock
let port: AdminPort
let url: string
let beat: NodeJS.Timeout
let open: Socket[] = []
let analysis: AdminServer | undefined

beforeEach(async () => {
  control = new ControlBlock(createTapMemory({ ringBytes: MIN_RING_BYTES, maxConnections: 1 }))
  control.upstreamState = UPSTREAM.REACHABLE
  control.dataHeartbeatMs = systemClock.monotonicMs()
  beat = setInterval(() => (control.dataHeartbeatMs = systemClock.monotonicMs()), 500)
  port = await AdminPort.open({
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    hosts: ['model.example'],
    ...{ control, clock: systemClock, upstreams: ['127.0.0.1:8080'], logger: silentLogger },
  })
  url = `http://127.0.0.1:${number()}`
  analysis = undefined
})

afterEach(async () => {
  for (const socket of open) socket.destroy()
  open = []
  await analysis?.close(0)
  await port.close(0)
  clearInterval(beat)
})

function number(): number {
  if (port.address.kind !== 'tcp') throw new Error('not a TCP address')
  return port.address.port
}

async function client(text = ''): Promise<Socket> {
  const socket = connect({ port: number(), host: '127.0.0.1' })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  open.push(socket)
  if (text !== '') socket.write(text)
  return socket
}

/** Everything that comes until the other side ends. */
async function ask(text: string): Promise<string> {
  const socket = await client(text)
  let answer = ''
  for await (const chunk of socket as AsyncIterable<Buffer>) answer += chunk.toString('latin1')
  return answer
}

const probe = async (path: string): Promise<number> =>
  (await fetch(`${url}${path}`, { headers: { connection: 'close' } })).status

function serve(): void {
  const app = express()
  app.get('/who', (request, response) => void response.send(request.socket.remoteAddress))
  app.post('/length', (request, response) => {
    let bytes = 0
    request
      .on('data', (chunk: Buffer) => (bytes += chunk.length))
      .on('end', () => response.send(String(bytes)))
  })
  app.get('/large', (_request, response) => void response.send(Buffer.alloc(5_000_000, 'x')))
  const { port1, port2 } = new MessageChannel()
  port.attach(port1)
  analysis = serveAdmin(app, port2)
}

test('probes need no analysis, and everything else says that it is being started', async () => {
  expect([await probe('/healthz'), await probe('/readyz')]).toEqual([200, 200])
  const response = await fetch(`${url}/metrics`)
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('1')
  expect(await response.json()).toMatchObject({ detail: expect.stringContaining('Traffic is not affected') })
})

test('a probe says whether bytes pass', async () => {
  control.upstreamState = UPSTREAM.UNREACHABLE
  expect([await probe('/healthz'), await probe('/readyz')]).toEqual([200, 503])
  control.upstreamState = UPSTREAM.REACHABLE
  control.drainState = DRAIN.DRAINING
  expect([await probe('/healthz'), await probe('/readyz')]).toEqual([200, 503])
  control.dataHeartbeatMs = systemClock.monotonicMs() - 60_000
  expect(await probe('/healthz')).toBe(503)
})

test('one connection takes many probes, pipelined ones too, and HEAD gets no body', async () => {
  const request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const last = 'HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  const answer = await ask(request + request + last)
  expect(answer.match(/HTTP\/1.1 200 OK/g)).toHaveLength(3)
  expect(answer.match(/"status":"ok"/g)).toHaveLength(2)
})

test('a foreign host is 421, for a probe as well', async () => {
  for (const path of ['/healthz', '/metrics'])
    expect(await ask(`GET ${path} HTTP/1.1\r\nHost: evil.example\r\n\r\n`)).toMatch(/^HTTP\/1.1 421 /)
  expect(await ask('GET /healthz HTTP/1.1\r\nHost: model.example:9464\r\nConnection: close\r\n\r\n')).toMatch(
    /^HTTP\/1.1 200 /,
  )
})

test('requests reach analysis with their bodies, and large answers come back whole', async () => {
  serve()
  expect(await (await fetch(`${url}/who`)).text()).toBe('127.0.0.1')
  const body = Buffer.alloc(3_000_000, 'y')
  expect(await (await fetch(`${url}/length`, { method: 'POST', body })).text()).toBe('3000000')
  expect((await (await fetch(`${url}/large`)).arrayBuffer()).byteLength).toBe(5_000_000)
  expect(await (await fetch(`${url}/who`)).text()).toBe('127.0.0.1')
})

test('many clients at once get their own answers', async () => {
  serve()
  const sizes = Array.from({ length: 40 }, (_, i) => i * 1000)
  const answers = await Promise.all(
    sizes.map(async (size) =>
      (await fetch(`${url}/length`, { method: 'POST', body: 'z'.repeat(size) })).text(),
    ),
  )
  expect(answers).toEqual(sizes.map(String))
})

test('a thread that goes away is told to those who wait, and the next one serves', async () => {
  const { port1 } = new MessageChannel()
  port.attach(port1)
  const waiting = fetch(`${url}/who`)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await probe('/readyz')).toBe(200)
  port.detach()
  expect((await waiting).status).toBe(503)
  serve()
  expect((await fetch(`${url}/who`)).status).toBe(200)
})

test.each([
  ['silent connections', ''],
  ['half-sent heads', 'GET /healthz HTTP/1.1\r\nHost: local'],
])('under a flood of %s every probe is answered', async (_, text) => {
  serve()
  await Promise.all(Array.from({ length: 300 }, () => client(text)))
  const flood = setInterval(() => void client(text).catch(() => undefined), 5)
  const statuses: number[] = []
  for (let i = 0; i < 20; i += 1) {
    statuses.push(await probe('/readyz'), (await fetch(`${url}/who`)).status)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  clearInterval(flood)
  expect(statuses.every((status) => status === 200)).toBe(true)
  expect(control.adminClosedFull).toBeGreaterThan(100)
})

test('connections that analysis serves and that are left idle make room for those that ask', async () => {
  serve()
  const idle: Socket[] = []
  for (let i = 0; i < 100; i += 1) idle.push(await client('GET /who HTTP/1.1\r\nHost: localhost\r\n\r\n'))
  await Promise.all(
    idle.map((socket) => (socket.readableLength > 0 ? undefined : once(socket, 'data').catch(() => 0))),
  )
  expect((await fetch(`${url}/who`)).status).toBe(200)
  expect(control.adminClosedFull).toBeGreaterThan(30)
})

test('a head that does not come within two seconds ends the connection', async () => {
  const startMs = performance.now()
  const slow = await client('GET /heal')
  slow.resume()
  await once(slow, 'close')
  expect(performance.now() - startMs).toBeGreaterThan(1500)
  expect(performance.now() - startMs).toBeLessThan(15_000)
  expect(control.adminClosedTimeout).toBe(1)
})

test('who asks without reading does not fill the memory', async () => {
  const socket = await client()
  socket.pause()
  const batch = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200)
  const done = once(socket, 'close')
  const before = process.memoryUsage().rss
  for (let i = 0; i < 2000 && !socket.destroyed; i += 1) {
    socket.write(batch)
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
  socket.destroy()
  await done
  expect(await probe('/healthz')).toBe(200)
})

test('a port in use is LISTEN_FAILED with the address and a way out', async () => {
  const second = AdminPort.open({
    listen: port.address,
    hosts: [],
    ...{ control, clock: systemClock, upstreams: [], logger: silentLogger },
  })
  await expect(second).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
    message: expect.stringContaining('in use'),
    hint: expect.stringContaining('--admin'),
  })
})
