/**
 * Random conversations through real sockets: whatever the streams, chunk sizes, pauses and ends, each side gets from
 * the splice what the other sent, and the ring has a copy of it.
 *
 * TRANSPARENCY_RUNS=5000 runs more of them; TRANSPARENCY_SEED repeats one run's.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ManualClock } from '../../src/lib/clock.ts'
import { FRAME } from '../../src/ring/frame.ts'
import { type Peer, type SpliceFixture, spliceTo, tcpClient, tcpServer, until } from './fixture.ts'

const RUNS = Number(process.env['TRANSPARENCY_RUNS'] ?? 60)
const SEED = process.env['TRANSPARENCY_SEED']

/** One side's part: what it writes when, how it reads, how it ends. */
interface Script {
  readonly writes: readonly { readonly bytes: number; readonly pauseMs: number }[]
  /** Stops reading for a while after so many bytes, so that back-pressure builds up. */
  readonly stallAfter: number
  readonly stallMs: number
  readonly end: 'fin' | 'reset'
}

const script = fc.record<Script>({
  writes: fc.array(
    fc.record({
      bytes: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 1, max: 700 }) },
        { weight: 3, arbitrary: fc.integer({ min: 4000, max: 9000 }) },
        { weight: 2, arbitrary: fc.integer({ min: 60_000, max: 400_000 }) },
        { weight: 1, arbitrary: fc.constantFrom(4096, 65_536, 131_072) },
      ),
      pauseMs: fc.oneof(
        { weight: 5, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
      ),
    }),
    { maxLength: 12 },
  ),
  stallAfter: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(200_000)),
  stallMs: fc.integer({ min: 1, max: 8 }),
  end: fc.oneof(
    { weight: 4, arbitrary: fc.constant('fin' as const) },
    { weight: 1, arbitrary: fc.constant('reset' as const) },
  ),
})

interface Heard {
  readonly bytes: Buffer
  readonly end: 'fin' | 'reset'
}

/** Bytes that tell where they belong: each 32-bit word is its own position, mixed with `salt`. */
function content(length: number, salt: number): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4))
  for (let i = 0; i < words.length; i += 1) words[i] = (i * 2_654_435_761 + salt) >>> 0
  return Buffer.from(words.buffer, 0, length)
}

const pause = (milliseconds: number): Promise<unknown> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

function listen(socket: Socket, { stallAfter, stallMs }: Script): Promise<Heard> {
  const chunks: Buffer[] = []
  let length = 0
  let stalled = false
  return new Promise((resolve) => {
    const finish = (end: Heard['end']): void => resolve({ bytes: Buffer.concat(chunks), end })
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (stalled || length <= stallAfter) return
      stalled = true
      socket.pause()
      setTimeout(() => socket.resume(), stallMs)
    })
    socket.on('end', () => finish('fin'))
    socket.on('error', () => finish('reset'))
    socket.on('close', () => finish('reset'))
  })
}

async function speak(
  socket: Socket,
  { writes, end }: Script,
  bytes: Buffer,
  othersEnd: Promise<Heard>,
): Promise<void> {
  let at = 0
  for (const { bytes: length, pauseMs } of writes) {
    if (socket.destroyed) return
    if (pauseMs > 0) await pause(pauseMs)
    const hasRoom = socket.write(bytes.subarray(at, at + length))
    if (!hasRoom && !socket.destroyed)
      await Promise.race([once(socket, 'drain').catch(() => undefined), othersEnd])
    at += length
  }
  if (end === 'fin') socket.end()
  else socket.resetAndDestroy()
}

const lengthOf = ({ writes }: Script): number => writes.reduce((sum, { bytes }) => sum + bytes, 0)
const digest = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex')

let peer: Peer
let fixture: SpliceFixture
let serve: (socket: Socket) => void = () => undefined

beforeAll(async () => {
  peer = await tcpServer((socket) => serve(socket))
  // On a clock that stands still no knowledge gets old, so no probe comes between the conversations.
  fixture = await spliceTo({ upstream: peer.address, clock: new ManualClock() })
})

afterAll(async () => {
  await fixture.stop()
  await peer.stop()
})

test(
  'what one side sends and how it ends is what the other side gets',
  { timeout: 20_000 + RUNS * 500 },
  async () => {
    await fc.assert(
      fc.asyncProperty(script, script, fc.nat(), async (clientScript, serverScript, salt) => {
        const sent = {
          client: content(lengthOf(clientScript), salt),
          server: content(lengthOf(serverScript), ~salt),
        }
        const server = new Promise<Heard>((resolve) => {
          serve = (socket) => {
            const hearing = listen(socket, serverScript)
            const speaking = speak(socket, serverScript, sent.server, hearing)
            void Promise.all([hearing, speaking]).then(([heard]) => resolve(heard))
          }
        })
        fixture.tap.connections.clear()
        const socket = await tcpClient(fixture.port)
        socket.on('error', () => undefined)
        const hearing = listen(socket, clientScript)
        await speak(socket, clientScript, sent.client, hearing)
        const client = await hearing
        const heard = await server
        const anyReset = clientScript.end === 'reset' || serverScript.end === 'reset'

        if (!anyReset) {
          expect([heard.end, client.end]).toEqual(['fin', 'fin'])
          expect(digest(heard.bytes)).toBe(digest(sent.client))
          expect(digest(client.bytes)).toBe(digest(sent.server))
        } else {
          // A reset discards what is on its way, with or without us between; what arrived is in order and whole.
          expect(heard.bytes.equals(sent.client.subarray(0, heard.bytes.length))).toBe(true)
          expect(client.bytes.equals(sent.server.subarray(0, client.bytes.length))).toBe(true)
          if (serverScript.end === 'fin') expect(heard.end).toBe('reset')
          if (clientScript.end === 'fin') expect(client.end).toBe('reset')
        }
        socket.destroy()

        const tapped = fixture.tap.connections
        await until(() => [...tapped.values()].some(({ kinds }) => kinds.at(-1) === FRAME.CLOSE))
        const [copy] = [...tapped.values()]
        expect(copy?.kinds[0]).toBe(FRAME.OPEN)
        if (!anyReset) {
          expect(digest(Buffer.concat(copy?.chunks[0] ?? []))).toBe(digest(sent.client))
          expect(digest(Buffer.concat(copy?.chunks[1] ?? []))).toBe(digest(sent.server))
          expect(copy?.ends).toEqual(
            new Map([
              [`${FRAME.END}/0`, sent.client.length],
              [`${FRAME.END}/1`, sent.server.length],
            ]),
          )
        }
      }),
      { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
    )
    expect(fixture.control.droppedBytes).toBe(0)
  },
)
