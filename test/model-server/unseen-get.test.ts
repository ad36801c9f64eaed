/** The server sees a local port that was announced before it connected. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createUnseenGet } from '../../src/model-server/unseen-get.ts'
import { createTapMemory, MIN_RING_BYTES } from '../../src/ring/memory.ts'
import { OwnPorts } from '../../src/ring/own-ports.ts'

let server: Server
let url = ''
let ownPorts: OwnPorts
let connections: { readonly port: number; readonly isOwn: boolean }[] = []

beforeEach(async () => {
  ownPorts = new OwnPorts(createTapMemory({ ringBytes: MIN_RING_BYTES, maxConnections: 1 }))
  connections = []
  server = createServer((request, response) => {
    if (request.url === '/') response.end('answer')
    else response.writeHead(307, { location: '/' }).end()
  })
  server.on('connection', ({ remotePort = 0 }) =>
    connections.push({ port: remotePort, isOwn: ownPorts.has(remotePort) }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  vi.useRealTimers()
  server.close()
})

const limits = { timeoutMs: 2000, maxBytes: 1000 }

test('each connection has an announced port of its own, which is given back later', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const get = createUnseenGet(ownPorts)
  for (const path of ['/', '/', '/elsewhere']) {
    const got = await get(`${url}${path}`, {}, limits)
    expect('body' in got && got.body.toString()).toBe('answer')
  }
  expect(connections).toHaveLength(4)
  expect(connections.every(({ isOwn }) => isOwn)).toBe(true)
  expect(new Set(connections.map(({ port }) => port)).size).toBe(4)
  vi.advanceTimersByTime(10_000)
  expect(connections.some(({ port }) => ownPorts.has(port))).toBe(false)
})

test('failures are the same values', async () => {
  server.close()
  const got = await createUnseenGet(ownPorts)(url, {}, limits)
  expect(got).toMatchObject({ failure: 'unreachable' })
})
