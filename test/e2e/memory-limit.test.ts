/**
 * In a real control group of 256 MiB, as the chart has it, with as many connections as modeltap accepts there and each of
 * the most expensive kind: the kernel kills nothing, and requests pass again when the connections are gone.
 * Seconds by default; `MODELTAP_MEMORY_SECONDS=300` holds the connections for five minutes.
 */
import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMemoryGroup } from '../support/memory-group.ts'
import { samples, startModeltap } from '../support/modeltap.ts'

const LIMIT_BYTES = 256 * 1024 * 1024
const HOLD_MS = 1000 * Number(process.env['MODELTAP_MEMORY_SECONDS'] ?? 5)
const group = createMemoryGroup(`modeltap-test-${process.pid}`, LIMIT_BYTES)
const UNFINISHED = Buffer.from(
  `POST /unfinished HTTP/1.1\r\nHost: m\r\nContent-Length: 9000000\r\n\r\n${'x'.repeat(64 * 1024)}`,
)
const UNREAD = Buffer.from('GET /endless HTTP/1.1\r\nHost: m\r\n\r\n')

let upstream: Server
beforeAll(async () => {
  const answer = Buffer.alloc(4 * 1024 * 1024, 'y')
  upstream = createHttpServer((request, response) => {
    if (request.url === '/endless') response.end(answer)
    else request.resume().on('end', () => response.end('{"predictions":[1]}'))
  })
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
})
afterAll(() => {
  upstream.closeAllConnections()
  upstream.close()
  group?.remove()
})

const title = (what: string): string =>
  group === undefined ? `${what} (this machine lets us make no control group with a memory limit)` : what

test.skipIf(group === undefined)(
  title('at the limit of connections nothing is killed'),
  async () => {
    if (group === undefined) throw new Error('skipped')
    const modeltap = await startModeltap(
      ['--upstream', `127.0.0.1:${(upstream.address() as AddressInfo).port}`],
      {},
      [],
      ['sh', '-c', `${group.join} && exec "$@"`, 'sh'],
    )
    const sockets: Socket[] = []
    try {
      const lowered = /"limit":(\d+)/.exec(
        modeltap
          .log()
          .split('\n')
          .find((line) => line.includes('lowered connections.limit')) ?? '',
      )
      const limit = Number(lowered?.[1])
      expect(limit).toBeGreaterThan(500)
      const port = Number(new URL(modeltap.dataUrl).port)
      const open = (first: Buffer): void => {
        const socket = connect(port, '127.0.0.1')
        sockets.push(socket)
        socket.on('error', () => undefined)
        socket.on('connect', () => {
          socket.pause()
          socket.write(first)
        })
      }
      const metric = async (name: string, labels = {}): Promise<number> => {
        const response = await fetch(`${modeltap.adminUrl}/metrics`, { headers: { connection: 'close' } })
        return samples(await response.text(), name, labels)[0]?.value ?? Number.NaN
      }
      // More than fit, in waves: half of them never end their request, half never read their answer.
      for (let wave = 0; sockets.length < limit + 200; wave += 1) {
        for (let i = 0; i < 100; i += 1) open(wave % 2 === 0 ? UNFINISHED : UNREAD)
        await sleep(20)
      }
      await expect
        .poll(() => metric('modeltap_connections_ended_total', { reason: 'limit' }), { timeout: 30_000 })
        .toBeGreaterThanOrEqual(100)
      const endMs = performance.now() + HOLD_MS
      while (performance.now() < endMs) {
        await sleep(1000)
        for (const path of ['/healthz', '/readyz'])
          expect((await fetch(modeltap.adminUrl + path, { headers: { connection: 'close' } })).status).toBe(
            200,
          )
      }
      expect(group.kills()).toBe(0)
      expect(modeltap.child.exitCode).toBeNull()
      for (const socket of sockets) socket.destroy()
      await expect.poll(() => metric('modeltap_open_connections'), { timeout: 30_000 }).toBeLessThan(10)
      const response = await fetch(`${modeltap.dataUrl}/v1/models/m:predict`, {
        method: 'POST',
        body: '{"instances":[[1]]}',
      })
      expect(await response.text()).toBe('{"predictions":[1]}')
      console.log(`${limit} connections, at most ${(group.peakBytes() / 2 ** 20).toFixed(0)} MiB`)
    } finally {
      for (const socket of sockets) socket.destroy()
      await modeltap.stop()
    }
  },
  120_000 + HOLD_MS,
)
