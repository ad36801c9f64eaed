import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Address } from '../../src/lib/address.ts'
import { ManualClock, systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { DRAIN, UPSTREAM } from '../../src/ring/control.ts'
import { FRAME } from '../../src/ring/frame.ts'
import { createTapMemory, MIN_RING_BYTES } from '../../src/ring/memory.ts'
import { startPump } from '../../src/ring/pump.ts'
import { connectionOptions, drainOptions } from '../../src/splice/options.ts'
import { startSplice } from '../../src/splice/splice.ts'
import { closed, LOOPBACK, spliceTo, TapRecorder, tcpClient, tcpServer, UNLIMITED, until } from './fixture.ts'

let cleanup: (() => unknown)[] = []
beforeEach(() => {
  cleanup = []
})
afterEach(async () => {
  for (const step of cleanup.reverse()) await step()
})

/** Registers how a thing ends, and hands it on. */
const ending = <T extends { stop: () => unknown }>(thing: T): T => {
  cleanup.push(() => thing.stop())
  return thing
}

const echo = (socket: Socket): void => void socket.pipe(socket)

async function roundTrip(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  return chunk.toString()
}

async function post(port: number, body: string): Promise<{ response: IncomingMessage; text: string }> {
  const sent = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/v1/models/m:predict',
    agent: false,
  })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return { response, text }
}

/** An address at which nothing listens: opened and closed again. */
async function unusedAddress(): Promise<Address & { kind: 'tcp' }> {
  const peer = await tcpServer(() => undefined)
  await peer.stop()
  return { kind: 'tcp', host: '127.0.0.1', port: peer.port }
}

describe('addresses', () => {
  test('a Unix socket on both sides', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'splice-'))
    cleanup.push(() => rmSync(directory, { recursive: true }))
    const peer = ending(await tcpServer(echo, { path: join(directory, 'model.sock') }))
    const listen: Address = { kind: 'unix', path: join(directory, 'data.sock') }
    const { splice } = ending(await spliceTo({ upstream: peer.address, listen }))
    expect(splice.address).toEqual(listen)
    const socket = connect(listen.path)
    await once(socket, 'connect')
    expect(await roundTrip(socket, 'hello')).toBe('hello')
    socket.end()
    await closed(socket)
  })

  test('a data socket that a killed process left behind is opened again', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'splice-'))
    cleanup.push(() => rmSync(directory, { recursive: true }))
    const path = join(directory, 'data.sock')
    const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    expect(spawnSync(process.execPath, ['-e', program]).signal).toBe('SIGKILL')
    const peer = ending(await tcpServer(echo))
    ending(await spliceTo({ upstream: peer.address, listen: { kind: 'unix', path } }))
    const socket = connect(path)
    await once(socket, 'connect')
    expect(await roundTrip(socket, 'hello')).toBe('hello')
    socket.destroy()
  })

  test('IPv6 on both sides', async () => {
    const peer = ending(await tcpServer(echo, { host: '::1' }))
    const { port } = ending(
      await spliceTo({ upstream: peer.address, listen: { kind: 'tcp', host: '::1', port: 0 } }),
    )
    const socket = await tcpClient(port, '::1')
    expect(await roundTrip(socket, 'hello')).toBe('hello')
    socket.destroy()
  })

  test('a host name as the upstream', async () => {
    const peer = ending(await tcpServer(echo))
    const { port } = ending(await spliceTo({ upstream: { kind: 'tcp', host: 'localhost', port: peer.port } }))
    const socket = await tcpClient(port)
    expect(await roundTrip(socket, 'hello')).toBe('hello')
    socket.destroy()
  })

  test('a port in use is an error that names it and says what to do', async () => {
    const peer = ending(await tcpServer(echo))
    const start = startSplice({
      listen: peer.address,
      upstream: peer.address,
      memory: createTapMemory({ ringBytes: MIN_RING_BYTES, maxConnections: 1 }),
      clock: systemClock,
      logger: silentLogger,
      options: { connections: connectionOptions.parse({}), drain: drainOptions.parse({}) },
      grants: UNLIMITED,
    })
    await expect(start).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: `--listen 127.0.0.1:${peer.port} is in use by another program`,
      hint: expect.stringContaining('--listen') as string,
    })
  })
})

describe('an upstream that cannot be reached', () => {
  test('is answered with 503, its address and when to come again', async () => {
    const upstream = await unusedAddress()
    const { port, control, tap } = ending(await spliceTo({ upstream }))
    const { response, text } = await post(port, '{"instances": [[1, 2]]}')
    expect(response.statusCode).toBe(503)
    expect(response.headers).toMatchObject({ 'retry-after': '1', connection: 'close' })
    expect(JSON.parse(text)).toEqual({
      error: 'the model server cannot be reached',
      upstream: `127.0.0.1:${upstream.port}`,
      retry_after_seconds: 1,
    })
    expect(control.upstreamState).toBe(UPSTREAM.UNREACHABLE)
    const connection = () => [...tap.connections.values()][0]
    await until(() => connection()?.kinds.at(-1) === FRAME.CLOSE)
    expect(connection()?.kinds.filter((kind) => kind !== FRAME.DATA)).toEqual([
      FRAME.OPEN,
      FRAME.UNREACHABLE,
      FRAME.CLOSE,
    ])
    expect(Buffer.concat(connection()?.chunks[0] ?? []).toString()).toMatch(/^POST \/v1\/models\/m:predict /)
  })

  test('is answered with 503 also while the client still sends a large body', async () => {
    const { port } = ending(await spliceTo({ upstream: await unusedAddress() }))
    const { response } = await post(port, 'x'.repeat(3_000_000))
    expect(response.statusCode).toBe(503)
  })

  test.each([
    ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00])],
    ['HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ])('closes without a word on %s, which could not read one', async (_name, bytes) => {
    const { port } = ending(await spliceTo({ upstream: await unusedAddress() }))
    const socket = await tcpClient(port)
    const heard: Buffer[] = []
    socket.on('data', (chunk: Buffer) => heard.push(chunk))
    socket.write(bytes)
    await closed(socket)
    expect(Buffer.concat(heard)).toHaveLength(0)
  })

  test('is not hammered: one attempt per back-off, whatever the number of clients', async () => {
    const upstream = await unusedAddress()
    const clock = new ManualClock()
    const { port, control } = ending(await spliceTo({ upstream, clock }))
    const failures = control.connectFailures
    for (let i = 0; i < 10; i += 1) expect((await post(port, '')).response.statusCode).toBe(503)
    expect(control.connectFailures).toBe(failures)
    clock.advance(300)
    for (let i = 0; i < 10; i += 1) expect((await post(port, '')).response.statusCode).toBe(503)
    expect(control.connectFailures).toBe(failures + 1)
    clock.advance(300)
    await post(port, '')
    expect(control.connectFailures).toBe(failures + 1)
    clock.advance(60_000)
    const late = await post(port, '')
    expect(control.connectFailures).toBe(failures + 2)
    expect(Number(late.response.headers['retry-after'])).toBeLessThanOrEqual(4)
    expect(control.connectionsUnreachable).toBe(22)
  })

  test('is found again when it comes', async () => {
    const upstream = await unusedAddress()
    const clock = new ManualClock()
    const { port, splice } = ending(await spliceTo({ upstream, clock }))
    expect(await splice.upstreamReachable()).toBe(false)
    const server = createHttpServer((_request, response) => response.end('here')).listen(
      upstream.port,
      '127.0.0.1',
    )
    await once(server, 'listening')
    cleanup.push(() => server.close())
    clock.advance(10_000)
    expect(await splice.upstreamReachable()).toBe(true)
    expect((await post(port, '')).text).toBe('here')
  })
})

describe('limits', () => {
  test('a connection beyond the limit is closed and counted; the others go on', async () => {
    const peer = ending(await tcpServer(echo))
    const { port, control } = ending(
      await spliceTo({
        upstream: peer.address,
        options: { connections: { ...connectionOptions.parse({}), limit: 2 } },
      }),
    )
    const first = await tcpClient(port)
    const second = await tcpClient(port)
    const third = await tcpClient(port)
    await closed(third)
    expect(control.connectionsRefused).toBe(1)
    expect(control.connectionsOpen).toBe(2)
    expect(await roundTrip(first, 'one')).toBe('one')
    second.destroy()
    await until(() => control.connectionsOpen === 1)
    const fourth = await tcpClient(port)
    expect(await roundTrip(fourth, 'four')).toBe('four')
    first.destroy()
    fourth.destroy()
  })

  test('is lowered to what the files that may be open have room for, and says so', async () => {
    const peer = ending(await tcpServer(echo))
    const lines: string[] = []
    const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
    const { port, control } = ending(
      await spliceTo({ upstream: peer.address, grants: { ...UNLIMITED, maxOpenFiles: 164 }, logger }),
    )
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ limit: 2, configured: 8192 }])
    const first = await tcpClient(port)
    const second = await tcpClient(port)
    await closed(await tcpClient(port))
    expect(control.connectionsRefused).toBe(1)
    first.destroy()
    second.destroy()
  })

  test('a connection on which nothing moves is closed and counted; one that moves stays', async () => {
    const peer = ending(await tcpServer(echo))
    const clock = new ManualClock()
    const { port, control } = ending(
      await spliceTo({
        upstream: peer.address,
        clock,
        options: { connections: { ...connectionOptions.parse({}), idleTimeout: 1000 } },
      }),
    )
    const idle = await tcpClient(port)
    const busy = await tcpClient(port)
    await roundTrip(idle, 'a')
    clock.advance(900)
    await roundTrip(busy, 'b')
    clock.advance(200)
    await closed(idle)
    expect(control.connectionsIdleClosed).toBe(1)
    expect(await roundTrip(busy, 'c')).toBe('c')
    busy.destroy()
  })

  test('a server that does not accept in time is unreachable', async () => {
    const program = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
      console.log(this.address().port)
    })`
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] })
    cleanup.push(() => child.kill('SIGKILL'))
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const upstream = { kind: 'tcp', host: '127.0.0.1', port: Number(line) } as const
    const clock = new ManualClock()
    const connections = { ...connectionOptions.parse({}), connectTimeout: 200 }
    const { port, control } = ending(await spliceTo({ upstream, clock, options: { connections } }))
    expect(control.upstreamState).toBe(UPSTREAM.REACHABLE)
    // A process that hangs: its queue takes two or three of these, and nothing more.
    child.kill('SIGSTOP')
    for (let i = 0; i < 8; i += 1) {
      const queued = connect(upstream.port, '127.0.0.1').on('error', () => undefined)
      cleanup.push(() => queued.destroy())
    }
    const answer = post(port, '')
    await until(() => control.connectionsOpen === 1)
    clock.advance(201)
    expect((await answer).response.statusCode).toBe(503)
    expect(control.upstreamState).toBe(UPSTREAM.UNREACHABLE)
  })
})

test('chunks are forwarded when they come, not when a message is whole', async () => {
  const peer = ending(await tcpServer(echo))
  const { port } = ending(await spliceTo({ upstream: peer.address }))
  const socket = await tcpClient(port)
  for (const piece of ['POST / HT', 'TP/1.1\r\nContent-', 'Length: 5\r\n\r\nhe']) {
    expect(await roundTrip(socket, piece)).toBe(piece)
  }
  socket.destroy()
})

test('a client that stops reading stops its server, at bounded memory, and gets everything later', async () => {
  const total = 64 * 1024 * 1024
  let written = 0
  const chunk = Buffer.alloc(256 * 1024, 7)
  const peer = ending(
    await tcpServer((socket) => {
      const more = (): void => {
        while (written < total) {
          written += chunk.length
          if (!socket.write(chunk)) {
            socket.once('drain', more)
            return
          }
        }
        socket.end()
      }
      socket.once('data', more)
    }),
  )
  const { port } = ending(await spliceTo({ upstream: peer.address }))
  const socket = await tcpClient(port)
  socket.pause()
  socket.write('go')
  let last = -1
  await until(() => {
    const still = written === last && written > 0
    last = written
    return still
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(written).toBeLessThan(total)
  let read = 0
  socket.on('data', (bytes: Buffer) => (read += bytes.length)).resume()
  await once(socket, 'end')
  expect(read).toBe(total)
  socket.destroy()
})

test('bytes that the observer asked to skip are forwarded and not copied', async () => {
  const peer = ending(await tcpServer(echo))
  const { port, table, tap, control } = ending(await spliceTo({ upstream: peer.address }))
  const socket = await tcpClient(port)
  await roundTrip(socket, 'head')
  await until(() => tap.connections.size === 1)
  const [id] = [...tap.connections.keys()]
  table.skipUntil(id ?? 0, 0, 8192)
  const body = Buffer.alloc(10_000, 0x62)
  socket.write(body)
  let echoed = 0
  socket.on('data', (bytes: Buffer) => (echoed += bytes.length))
  await until(() => echoed === body.length)
  const copied = () => Buffer.concat(tap.connections.get(id ?? 0)?.chunks[0] ?? []).length
  await until(() => copied() === 4 + 10_004 - 8192)
  expect(control.skippedBytes).toBe(8192 - 4)
  socket.destroy()
})

test('traffic goes on when nobody reads the ring, and what was not copied is counted', async () => {
  const peer = ending(await tcpServer(echo))
  const { port, pump, control } = ending(await spliceTo({ upstream: peer.address }))
  pump.stop()
  const total = 24 * 1024 * 1024
  const chunk = Buffer.alloc(1024 * 1024, 5)
  const socket = await tcpClient(port)
  let echoed = 0
  socket.on('data', (bytes: Buffer) => (echoed += bytes.length))
  for (let sent = 0; sent < total; sent += chunk.length) socket.write(chunk)
  socket.end()
  await once(socket, 'end')
  expect(echoed).toBe(total)
  await until(() => control.connectionsOpen === 0)
  expect(control.droppedBytes).toBeGreaterThan(30 * 1024 * 1024)
  expect(control.tapBytes + control.droppedBytes).toBe(2 * total)
})

test('a reader that comes back finds the end of every connection that it had seen the beginning of', async () => {
  const peer = ending(await tcpServer(echo))
  const fixture = ending(await spliceTo({ upstream: peer.address }))
  const sockets = await Promise.all(Array.from({ length: 20 }, () => tcpClient(fixture.port)))
  await until(() => fixture.tap.connections.size === 20)
  fixture.pump.stop()
  const flood = await tcpClient(fixture.port)
  flood.resume()
  while (fixture.control.droppedBytes === 0)
    await new Promise((resolve) => flood.write(Buffer.alloc(1e6), resolve))
  // More than the room that is kept free for them: some of their ends have to wait.
  for (let i = 0; i < 3000; i += 1) {
    const passing = await tcpClient(fixture.port)
    passing.resetAndDestroy()
  }
  for (const socket of [...sockets, flood]) socket.destroy()
  await until(() => fixture.control.connectionsOpen === 0)
  const late = new TapRecorder()
  const pump = startPump({ memory: fixture.memory, sink: late })
  cleanup.push(() => pump.stop())
  const isClosed = (id: number): boolean => late.connections.get(id)?.kinds.at(-1) === FRAME.CLOSE
  await until(() => [...fixture.tap.connections.keys()].every(isClosed))
  expect(fixture.control.unseenConnections).toBeGreaterThan(0)
})

describe('draining', () => {
  test('closes connections that are between exchanges, lets the others finish, refuses new ones', async () => {
    let answer: () => void = () => undefined
    const server = createHttpServer((_request, response) => {
      answer = () => response.end('done')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup.push(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port: upstreamPort } = server.address() as AddressInfo
    const { port, splice, table, tap, control } = ending(
      await spliceTo({ upstream: { kind: 'tcp', host: '127.0.0.1', port: upstreamPort } }),
    )
    const idle = await tcpClient(port)
    await until(() => tap.connections.size === 1)
    for (const id of tap.connections.keys()) table.markIdle(id, true)
    const answered = post(port, '')
    await until(() => tap.connections.size === 2)
    const drained = splice.drain()
    expect(control.drainState).toBe(DRAIN.DRAINING)
    await once(idle.resume(), 'end')
    idle.end()
    await expect(tcpClient(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await until(() => [...tap.connections.values()].some(({ kinds }) => kinds.includes(FRAME.DATA)))
    answer()
    expect((await answered).text).toBe('done')
    await drained
    expect(control.drainState).toBe(DRAIN.DRAINED)
    expect(control.connectionsOpen).toBe(0)
  })

  test('cuts what is left when its time is over', async () => {
    const peer = ending(await tcpServer(echo))
    const { port, splice } = ending(await spliceTo({ upstream: peer.address }))
    const socket = await tcpClient(port)
    await roundTrip(socket, 'x')
    await splice.drain(50)
    await closed(socket)
  })

  test('serves connections that the kernel has made and nobody has accepted yet', async () => {
    const peer = ending(await tcpServer(echo))
    const { port, splice, control } = ending(await spliceTo({ upstream: peer.address }))
    const sockets = Array.from({ length: 20 }, () => connect(port, '127.0.0.1'))
    const answers = Promise.all(sockets.map((socket) => roundTrip(socket, 'hello')))
    // Node.js connects in the next tick, the kernel at once, and the event loop has not turned yet.
    await new Promise((next) => process.nextTick(next))
    expect(control.connectionsAccepted).toBe(0)
    const drained = splice.drain()
    expect(new Set(await answers)).toEqual(new Set(['hello']))
    for (const socket of sockets) socket.destroy()
    await drained
  })

  test('refuses new connections before the delay is over when the model server has gone', async () => {
    const peer = await tcpServer(echo)
    const drain = drainOptions.parse({ delay: '30s' })
    const { port, splice } = ending(await spliceTo({ upstream: peer.address, options: { drain } }))
    const drained = splice.drain()
    const early = await tcpClient(port)
    expect(await roundTrip(early, 'served')).toBe('served')
    early.destroy()
    await peer.stop()
    expect((await post(port, '')).response.statusCode).toBe(503)
    await drained
    await expect(tcpClient(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('ends at once when the model server has gone already', async () => {
    const peer = await tcpServer(echo)
    const { port, splice } = ending(await spliceTo({ upstream: peer.address }))
    const socket = await tcpClient(port)
    await roundTrip(socket, 'x')
    await peer.stop()
    await once(socket.resume(), 'end')
    socket.end()
    await splice.drain()
  })
})

test('a splice that is closed has no connection and no port left', async () => {
  const peer = ending(await tcpServer(echo))
  const { splice, port } = await spliceTo({ upstream: peer.address, listen: LOOPBACK })
  const socket = await tcpClient(port)
  await splice.close()
  await closed(socket)
  await expect(tcpClient(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
