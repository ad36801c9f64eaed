/** Draining under load, with the real observer telling which connections are between exchanges. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Address } from '../../src/lib/address.ts'
import { Observer } from '../../src/observe/observer.ts'
import type { FrameSink } from '../../src/ring/frame.ts'
import { drainOptions } from '../../src/splice/options.ts'
import { type SpliceFixture, spliceTo, until } from './fixture.ts'

let cleanup: (() => unknown)[] = []
beforeEach(() => {
  cleanup = []
})
afterEach(async () => {
  for (const step of cleanup.reverse()) await step()
})

/** Answers after some milliseconds, with bodies of some kilobytes. */
async function modelServer(): Promise<Address> {
  let turn = 0
  const server = createServer((incoming, response) => {
    turn += 1
    const answer = JSON.stringify({ predictions: Array.from({ length: (turn * 37) % 900 }, () => turn) })
    incoming.resume().on('end', () => setTimeout(() => response.end(answer), turn % 7))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

async function observedSplice(upstream: Address): Promise<SpliceFixture> {
  const late: { observer?: FrameSink } = {}
  const fixture = await spliceTo({
    upstream,
    sink: { frame: (...frame) => late.observer?.frame(...frame) },
    options: { drain: drainOptions.parse({ timeout: '5s' }) },
  })
  late.observer = new Observer({
    onExchange: () => undefined,
    onUnobserved: () => undefined,
    skip: fixture.table,
    markIdle: (connection, idle) => fixture.table.markIdle(connection, idle),
    limits: { bodyBytes: 65_536, headerBytes: 65_536, connections: 100 },
  })
  cleanup.push(() => fixture.stop())
  return fixture
}

/**
 * A client that keeps its connection and reconnects when it finds it ended, to the first port that accepts. It looks
 * before each request, as urllib3 and Go's client do: here that takes a turn of the event loop, and no other time.
 */
class Client {
  readonly #ports: readonly number[]
  #socket: Socket | undefined
  answered = 0
  failed = 0
  connections = 0
  stopping = false

  constructor(ports: readonly number[]) {
    this.#ports = ports
  }

  async run(): Promise<void> {
    while (!this.stopping) {
      this.#socket ??= await this.#connect()
      if (await this.#ask(this.#socket)) this.answered += 1
      else this.failed += 1
      await turn()
      await turn()
    }
    this.#socket?.destroy()
  }

  async #connect(): Promise<Socket> {
    for (const port of this.#ports) {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      const isOpen = await new Promise((resolve) => {
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      })
      if (!isOpen) continue
      this.connections += 1
      socket.on('error', () => undefined)
      socket.once('close', () => {
        if (this.#socket === socket) this.#socket = undefined
      })
      socket.once('end', () => {
        if (this.#socket === socket) this.#socket = undefined
      })
      return socket
    }
    throw new Error('no port accepts')
  }

  /** Whether the whole response came. */
  #ask(socket: Socket): Promise<boolean> {
    const body = '{"instances": [[1, 2, 3]]}'
    socket.write(
      `POST /v1/models/m:predict HTTP/1.1\r\nHost: m\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    return new Promise((resolve) => {
      let text = ''
      const finish = (isWhole: boolean): void => {
        socket.off('data', onData).off('close', onClose)
        resolve(isWhole)
      }
      const onData = (chunk: Buffer): void => {
        text += chunk.toString('latin1')
        const head = text.indexOf('\r\n\r\n')
        const length =
          /content-length: (\d+)/i.exec(text)?.[1] ?? (/transfer-encoding: chunked/i.test(text) ? '' : 'x')
        const isWhole = length === '' ? text.endsWith('0\r\n\r\n') : text.length === head + 4 + Number(length)
        if (head >= 0 && isWhole) finish(text.startsWith('HTTP/1.1 200'))
      }
      const onClose = (): void => finish(false)
      socket.on('data', onData).on('close', onClose)
    })
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('keep-alive clients that reconnect lose no request when one of two instances drains', async () => {
  const upstream = await modelServer()
  const first = await observedSplice(upstream)
  const second = await observedSplice(upstream)
  const clients = Array.from({ length: 10 }, () => new Client([first.port, second.port]))
  const runs = clients.map((client) => client.run())
  const answered = (): number => clients.reduce((sum, client) => sum + client.answered, 0)
  await until(() => answered() > 200)
  const startMs = performance.now()
  await first.splice.drain()
  // No connection had to wait for the end of its time (two seconds) because nobody looked for the model server's end.
  expect(performance.now() - startMs).toBeLessThan(1800)
  const before = answered()
  await until(() => answered() > before + 200)
  for (const client of clients) client.stopping = true
  await Promise.all(runs)
  expect(clients.map(({ failed }) => failed)).toEqual(clients.map(() => 0))
  expect(clients.map(({ connections }) => connections)).toEqual(clients.map(() => 2))
})

test('draining goes on when analysis has stopped: nothing is held for ever, and what is left is cut in the end', async () => {
  const upstream = await modelServer()
  const first = await observedSplice(upstream)
  const client = new Client([first.port, first.port])
  const run = client.run()
  await until(() => client.answered > 20)
  first.pump.stop()
  const drained = first.splice.drain(400)
  const before = client.answered
  await until(() => client.answered > before + 2)
  await drained
  await expect(run).rejects.toThrow('no port accepts')
})
