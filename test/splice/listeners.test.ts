/** Several data ports in one splice: each leads to its own address, and they share one ring, one limit and one drain. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Address } from '../../src/lib/address.ts'
import { DRAIN, UPSTREAM } from '../../src/ring/control.ts'
import { LOOPBACK, type SpliceFixture, spliceTo, tcpServer, until } from './fixture.ts'

let cleanup: (() => unknown)[] = []
afterEach(async () => {
  for (const step of cleanup.reverse()) await step()
  cleanup = []
})

/** Answers each connection with its own name and what the client said. */
async function echoServer(name: string, host?: string) {
  const peer = await tcpServer(
    (socket) => socket.on('data', (chunk: Buffer) => socket.end(`${name}:${chunk.toString()}`)),
    host === undefined ? {} : { host },
  )
  cleanup.push(() => peer.stop())
  return peer
}

async function spliceOf(upstreams: readonly Address[]): Promise<SpliceFixture> {
  const [upstream = LOOPBACK, ...more] = upstreams
  const fixture = await spliceTo({
    upstream,
    options: { listeners: more.map((address) => ({ listen: LOOPBACK, upstream: address })) },
  })
  cleanup.push(() => fixture.stop())
  return fixture
}

const portOf = (address: Address | undefined): number => (address?.kind === 'tcp' ? address.port : 0)

async function say(port: number, text: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.end(text)
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  await once(socket, 'close')
  return answer
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' })
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).then((isOpen) => {
    socket.destroy()
    return isOpen
  })
}

test('each port leads to its own server; both are in one ring under different connection ids', async () => {
  const rest = await echoServer('rest')
  const grpc = await echoServer('grpc')
  const { splice, tap, control } = await spliceOf([rest.address, grpc.address])
  const [first, second] = splice.addresses.map(portOf)
  expect(await Promise.all([say(first ?? 0, 'a'), say(second ?? 0, 'b')])).toEqual(['rest:a', 'grpc:b'])
  await until(() => control.connectionsOpen === 0)
  expect(control.connectionsAccepted).toBe(2)
  await until(() => tap.connections.size === 2)
  const said = [...tap.connections.values()].map(({ chunks }) => Buffer.concat(chunks[0]).toString())
  expect(said.toSorted()).toEqual(['a', 'b'])
})

test('a missing port of the model server makes all of it unreachable, and the other port still works', async () => {
  const rest = await echoServer('rest')
  const grpc = await echoServer('grpc')
  const { splice, control } = await spliceOf([rest.address, grpc.address])
  expect(control.upstreamState).toBe(UPSTREAM.REACHABLE)
  expect(control.upstreamsDown).toBe(0)
  await grpc.stop()
  const [first, second] = splice.addresses.map(portOf)
  expect(await say(second ?? 0, 'GET / HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1.1 503 /)
  expect(control.upstreamState).toBe(UPSTREAM.UNREACHABLE)
  expect(control.upstreamsDown).toBe(0b10)
  expect(await say(first ?? 0, 'a')).toBe('rest:a')
  expect(control.upstreamState).toBe(UPSTREAM.UNREACHABLE)
})

test('a drain closes all ports and waits for the connections of all', async () => {
  const rest = await echoServer('rest')
  const held = await tcpServer((socket) => void socket.resume().on('end', () => socket.end('late')))
  cleanup.push(() => held.stop())
  const { splice, control } = await spliceOf([rest.address, held.address])
  const [first, second] = splice.addresses.map(portOf)
  const open = connect({ port: second ?? 0, host: '127.0.0.1', allowHalfOpen: true })
  open.write('begin')
  await until(() => control.bytesToServer === 5)
  const drained = splice.drain(5000)
  while (await accepts(first ?? 0)) await new Promise((later) => setTimeout(later, 5))
  expect(control.drainState).toBe(DRAIN.DRAINING)
  let answer = ''
  open.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  open.end()
  await drained
  expect(answer).toBe('late')
  expect(control.drainState).toBe(DRAIN.DRAINED)
})

test('when the second port cannot be opened, the first is closed again and the error names its key', async () => {
  const rest = await echoServer('rest')
  const first = await tcpServer(() => undefined)
  const port = first.port
  await first.stop()
  const taken = await echoServer('taken')
  const start = spliceTo({
    listen: { kind: 'tcp', host: '127.0.0.1', port },
    upstream: rest.address,
    options: { listeners: [{ listen: taken.address, upstream: rest.address }] },
  })
  await expect(start).rejects.toThrow(
    `listeners[0].listen: 127.0.0.1:${taken.port} is in use by another program`,
  )
  await expect(say(port, 'a')).rejects.toThrow('ECONNREFUSED')
})

test('the port of a running splice is in use for everybody else', async () => {
  const rest = await echoServer('rest')
  const { splice } = await spliceOf([rest.address])
  const port = portOf(splice.address)
  const second = spliceTo({ listen: { kind: 'tcp', host: '127.0.0.1', port }, upstream: rest.address })
  await expect(second).rejects.toThrow(`--listen 127.0.0.1:${port} is in use by another program`)
  expect(await say(port, 'a')).toBe('rest:a')
})
