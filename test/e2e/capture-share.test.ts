/** The filter of a running capture changes while requests come: real tcpdump, real kernel, real clients. */
import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newCaptureCounts } from '../../src/capture/capture-counts.ts'
import { captureFilter } from '../../src/capture/filter.ts'
import { Marker } from '../../src/capture/marker.ts'
import { Reassembler } from '../../src/capture/reassembler.ts'
import { Recorder } from '../../src/capture/recorder.ts'
import { isInShare, type Share, WHOLE } from '../../src/capture/share.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { Observer } from '../../src/observe/observer.ts'
import { FRAME } from '../../src/ring/frame.ts'
import { mayCapture } from '../support/may-capture.ts'

const HALF: Share = { halvings: 1, bits: 0 }
let server: Server
let port = 0

beforeAll(async () => {
  server = createServer((incoming, response) => void incoming.resume().once('end', () => response.end('{}')))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => void server.close())

/** One kept connection that sends `/PORT/NUMBER` again and again. */
class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  #isOver = false
  port = 0
  sent = 0

  async send(): Promise<void> {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path: `/${this.port}/${this.sent}`,
      agent: this.#agent,
    })
    outgoing.once('socket', (socket: Socket) => {
      // The first request has no port in its path yet.
      if (socket.connecting) socket.once('connect', () => (this.port = socket.localPort ?? 0))
    })
    outgoing.end()
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    await once(response.resume(), 'end')
    this.sent += 1
  }

  async run(): Promise<void> {
    while (!this.#isOver) {
      await this.send()
      await sleep(1)
    }
    this.#agent.destroy()
  }

  stop(): void {
    this.#isOver = true
  }
}

/** Real connections, at least two of them in each half. */
async function clients(): Promise<Client[]> {
  const all: Client[] = []
  const within = (): number => all.filter(({ port: own }) => isInShare(own, HALF)).length
  while (within() < 2 || all.length - within() < 2) {
    const client = new Client()
    await client.send()
    all.push(client)
  }
  return all
}

/** A capture whose filter can be changed, and what was seen of each client's port. */
async function capture() {
  const seen = new Map<string, number[]>()
  const outcomes = new Set<string>()
  const lost: Record<string, number> = {}
  const observer = new Observer({
    onExchange: ({ target, outcome }) => {
      const [, client = '', at = ''] = target.split('/')
      seen.set(client, [...(seen.get(client) ?? []), Number(at)])
      outcomes.add(outcome)
    },
    onUnobserved: (reason, count = 1) => void (lost[reason] = (lost[reason] ?? 0) + count),
    skip: { skipUntil: () => undefined },
    limits: { bodyBytes: 1 << 16, headerBytes: 65_536, connections: 100 },
  })
  const none = Buffer.alloc(0)
  let ids = 0
  const counts = newCaptureCounts()
  const reassembler = new Reassembler({
    ports: { given: new Set([port]), found: new Set() },
    writer: {
      data: (...[connection, direction, offset, timeMs, source, start, end]) =>
        observer.frame(FRAME.DATA, connection, direction, offset, timeMs, source, start, end),
      lifecycle: (kind, connection, direction, offset, timeMs) =>
        observer.frame(kind, connection, direction, offset, timeMs, none, 0, 0),
    },
    ids: { take: () => (ids += 1), release: () => undefined },
    counts,
    limits: { connections: 100, halfOpen: 100, idleMs: 60_000, earlyBytes: 1 << 20 },
    timeOf: (epochMs) => epochMs,
    reorderMs: 0,
  })
  const marker = await Marker.open()
  const filterOf = (share: Share): string =>
    captureFilter({ ports: [port], markerPort: marker.port, loopbackIndex: 1, share })
  let wanted = WHOLE
  const recorder = new Recorder(filterOf(WHOLE), {
    options: { program: 'tcpdump', interface: 'any', bufferKiB: 32_768 },
    sink: reassembler,
    clock: systemClock,
    logger: silentLogger,
    onUp: () => undefined,
    onDrops: () => undefined,
    onRestart: () => void (lost['restart'] = 1),
    onFilter: () => reassembler.keepOnly((client) => isInShare(client, wanted)),
  })
  expect(await recorder.start()).toBeUndefined()
  marker.start()
  return {
    ...{ seen, outcomes, lost, counts },
    change: async (share: Share) => {
      wanted = share
      recorder.change(filterOf(share))
      while (recorder.isChanging) await sleep(10)
    },
    stop: () => {
      recorder.stop()
      marker.close()
    },
  }
}

describe.skipIf(!mayCapture())('with tcpdump (skipped where it may not capture)', () => {
  test('a change of the share costs no request of the connections that stay, and counts none twice', async () => {
    const captured = await capture()
    const all = await clients()
    const running = all.map((client) => client.run())
    for (const share of [HALF, WHOLE, HALF, WHOLE]) {
      await sleep(300)
      await captured.change(share)
    }
    const whole = all.map(({ sent }) => sent)
    await sleep(300)
    for (const client of all) client.stop()
    await Promise.all(running)
    // The markers push out what waits in tcpdump.
    const lastOf = ({ port: own }: Client): number | undefined => captured.seen.get(`${own}`)?.at(-1)
    await vi.waitFor(() => expect(all.map(lastOf)).toEqual(all.map(({ sent }) => sent - 1)), 20_000)
    captured.stop()
    for (const [at, client] of all.entries()) {
      const seen = captured.seen.get(`${client.port}`) ?? []
      expect(new Set(seen).size).toBe(seen.length)
      const first = isInShare(client.port, HALF) ? 1 : (whole[at] ?? 0) + 2
      const expected = Array.from({ length: client.sent - first }, (_, index) => first + index)
      expect(seen.filter((number) => number >= first)).toEqual(expected)
    }
    expect(captured.outcomes).toEqual(new Set(['success']))
    expect(captured.counts.gaps).toBe(0)
    expect(captured.counts.forgotten.share).toBe(
      2 * all.filter(({ port: own }) => !isInShare(own, HALF)).length,
    )
    expect(
      Object.keys(captured.lost).filter((reason) => !['forgotten', 'midstream'].includes(reason)),
    ).toEqual([])
  }, 60_000)
})
