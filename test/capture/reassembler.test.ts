/** What the observer makes of captured packets is what it makes of the proxy's frames of the same bytes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newCaptureCounts } from '../../src/capture/capture-counts.ts'
import { Reassembler } from '../../src/capture/reassembler.ts'
import { FLAG } from '../../src/capture/segment.ts'
import { Observer } from '../../src/observe/observer.ts'
import { DIRECTION, type Direction, FRAME } from '../../src/ring/frame.ts'
import { type Framing, linkTypeOf, packet, type SegmentSpec } from './packets.ts'

const CLIENT = { address: '10.0.0.9', port: 51_000 }
const OWN_PORT = 52_000
const SERVER = { address: '10.0.0.1', port: 8080 }

interface Seen {
  readonly target: string
  readonly status: number
  readonly outcome: string
  readonly request: string
  readonly response: string
}

function observe() {
  const seen: Seen[] = []
  const lost: Record<string, number> = {}
  const observer = new Observer({
    onExchange: ({ target, status, outcome, request, response }) =>
      void seen.push({
        target,
        status,
        outcome,
        request: Buffer.from(request.body).toString('latin1'),
        response: Buffer.from(response.body).toString('latin1'),
      }),
    onUnobserved: (reason, count = 1) => void (lost[reason] = (lost[reason] ?? 0) + count),
    skip: { skipUntil: () => undefined },
    limits: { bodyBytes: 1 << 20, headerBytes: 65_536, connections: 100 },
  })
  return { seen, lost, observer }
}

function capture(reorderMs = 0) {
  const observed = observe()
  const counts = newCaptureCounts()
  const NONE = Buffer.alloc(0)
  let last = 0
  const reassembler = new Reassembler({
    ports: { given: new Set([8080]), found: new Set() },
    writer: {
      data: (...[connection, direction, offset, timeMs, source, start, end]) =>
        observed.observer.frame(FRAME.DATA, connection, direction, offset, timeMs, source, start, end),
      lifecycle: (kind, connection, direction, offset, timeMs) =>
        observed.observer.frame(kind, connection, direction, offset, timeMs, NONE, 0, 0),
    },
    ids: { take: () => (last += 1), release: () => undefined },
    counts,
    limits: { connections: 50, halfOpen: 100, idleMs: 60_000, earlyBytes: 1 << 20 },
    timeOf: (epochMs) => epochMs,
    reorderMs,
    isOwnPort: (port) => port === OWN_PORT,
  })
  let now = 0
  return {
    ...observed,
    counts,
    reassembler,
    send(spec: SegmentSpec, framing: Framing = {}, stepMs = 0.1) {
      const bytes = packet(spec, framing)
      reassembler.packet(linkTypeOf(framing.link), (now += stepMs), bytes, 0, bytes.length)
    },
  }
}

/** What client and server send in turns. */
type Turn = readonly [Direction, string]

const exchange = fc
  .tuple(
    fc.stringMatching(/^[a-z]{1,8}$/),
    fc.string({ maxLength: 60, unit: 'binary-ascii' }),
    fc.string({ maxLength: 400, unit: 'binary-ascii' }),
  )
  .map(([name, question, answer]): readonly Turn[] => [
    [
      DIRECTION.TO_SERVER,
      `POST /${name} HTTP/1.1\r\nhost: m\r\ncontent-length: ${question.length}\r\n\r\n${question}`,
    ],
    [DIRECTION.TO_CLIENT, `HTTP/1.1 200 OK\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`],
  ])

function direct(turns: readonly Turn[]): readonly Seen[] {
  const { seen, observer } = observe()
  const offsets: [number, number] = [0, 0]
  observer.frame(FRAME.OPEN, 1, DIRECTION.TO_SERVER, 0, 0, Buffer.alloc(0), 0, 0)
  for (const [direction, text] of turns) {
    const bytes = Buffer.from(text, 'latin1')
    observer.frame(FRAME.DATA, 1, direction, offsets[direction], 1, bytes, 0, bytes.length)
    offsets[direction] += bytes.length
  }
  return seen
}

const isn: [number, number] = [4_294_967_200, 77]
const other = (direction: Direction): Direction =>
  direction === DIRECTION.TO_SERVER ? DIRECTION.TO_CLIENT : DIRECTION.TO_SERVER
const ends = (direction: Direction) =>
  direction === DIRECTION.TO_SERVER ? { from: CLIENT, to: SERVER } : { from: SERVER, to: CLIENT }

test('cut, reordered, repeated and overlapping segments give the exchanges of the proxy', () => {
  fc.assert(
    fc.property(
      fc.array(exchange, { minLength: 1, maxLength: 4 }),
      fc.constantFrom<Framing>(
        {},
        { link: 'sll2' },
        { link: 'sll2', version: 6 },
        { vlans: [7] },
        { link: 'raw' },
      ),
      fc.infiniteStream(fc.nat(10_000)),
      (exchanges, framing, picks) => {
        const pick = (below: number): number => (picks.next().value as number) % below
        const turns = exchanges.flat()
        const captured = capture()
        captured.send({ ...ends(DIRECTION.TO_SERVER), sequence: isn[0], flags: FLAG.SYN }, framing)
        captured.send(
          {
            ...ends(DIRECTION.TO_CLIENT),
            sequence: isn[1],
            flags: FLAG.SYN | FLAG.ACK,
            acknowledged: isn[0] + 1,
          },
          framing,
        )
        const sent: [number, number] = [0, 0]
        for (const [direction, text] of turns) {
          const acknowledged = isn[other(direction)] + 1 + sent[other(direction)]
          const bytes = Buffer.from(text, 'latin1')
          const pieces: SegmentSpec[] = []
          for (let at = 0; at < bytes.length;) {
            const length = 1 + pick(90)
            // Some segments repeat a few bytes of the one before.
            const from = Math.max(0, at - pick(4))
            pieces.push({
              ...ends(direction),
              sequence: isn[direction] + 1 + sent[direction] + from,
              acknowledged,
              payload: bytes.subarray(from, at + length),
            })
            at += length
          }
          for (let repeats = pick(3); repeats > 0; repeats -= 1)
            pieces.push(pieces[pick(pieces.length)] as SegmentSpec)
          while (pieces.length > 0)
            captured.send(pieces.splice(pick(Math.min(pieces.length, 20)), 1)[0] as SegmentSpec, framing)
          sent[direction] += bytes.length
        }
        expect(captured.seen).toEqual(direct(turns))
        expect(captured.counts.gaps).toBe(0)
      },
    ),
  )
})

const REQUEST = 'POST /a HTTP/1.1\r\ncontent-length: 4\r\n\r\nbody'
const RESPONSE = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

function plain(captured: ReturnType<typeof capture>) {
  const sent: [number, number] = [0, 0]
  return (
    direction: Direction,
    text: string,
    { isLost = false, flags = FLAG.ACK }: { isLost?: boolean; flags?: number } = {},
  ): void => {
    const spec = {
      ...ends(direction),
      sequence: isn[direction] + 1 + sent[direction],
      acknowledged: isn[other(direction)] + 1 + sent[other(direction)],
      flags,
      payload: Buffer.from(text),
    }
    if (!isLost) captured.send(spec)
    sent[direction] += text.length
  }
}

function begun() {
  const captured = capture()
  captured.send({ ...ends(DIRECTION.TO_SERVER), sequence: isn[0], flags: FLAG.SYN })
  captured.send({
    ...ends(DIRECTION.TO_CLIENT),
    sequence: isn[1],
    flags: FLAG.SYN | FLAG.ACK,
    acknowledged: isn[0] + 1,
  })
  return { captured, say: plain(captured) }
}

test('a lost segment costs its exchange and no other, and no row is made of it', () => {
  const { captured, say } = begun()
  for (const isLost of [false, true, false]) {
    say(DIRECTION.TO_SERVER, REQUEST.slice(0, 20), { isLost })
    say(DIRECTION.TO_SERVER, REQUEST.slice(20))
    say(DIRECTION.TO_CLIENT, RESPONSE)
  }
  say(DIRECTION.TO_SERVER, REQUEST)
  say(DIRECTION.TO_CLIENT, RESPONSE)
  expect(captured.counts).toMatchObject({ gaps: 1, lostBytes: 20 })
  expect(captured.seen.every(({ request }) => request === 'body')).toBe(true)
  expect(captured.seen.length).toBeGreaterThanOrEqual(3)
})

test('a connection that was open before is read from the next request on', () => {
  const captured = capture()
  const say = plain(captured)
  say(DIRECTION.TO_CLIENT, 'rest of an answer')
  say(DIRECTION.TO_SERVER, REQUEST)
  say(DIRECTION.TO_CLIENT, RESPONSE)
  expect(captured.counts.joinedLate).toBe(1)
  expect(captured.seen).toEqual([
    { target: '/a', status: 200, outcome: 'success', request: 'body', response: 'ok' },
  ])
})

test('orderly ends close a connection, late repetitions open none, and the ports can be used again', () => {
  const { captured, say } = begun()
  say(DIRECTION.TO_SERVER, REQUEST, { flags: FLAG.ACK | FLAG.FIN })
  say(DIRECTION.TO_CLIENT, RESPONSE, { flags: FLAG.ACK | FLAG.FIN })
  expect(captured.reassembler.openConnections).toBe(0)
  captured.send({ ...ends(DIRECTION.TO_SERVER), sequence: isn[0] + 1, payload: Buffer.from(REQUEST) })
  expect(captured.reassembler.openConnections).toBe(0)
  captured.send({ ...ends(DIRECTION.TO_SERVER), sequence: 5_000, flags: FLAG.SYN })
  captured.send({ ...ends(DIRECTION.TO_SERVER), sequence: 5_001, payload: Buffer.from(REQUEST) })
  expect(captured.reassembler.openConnections).toBe(1)
})

test('a reset ends a request that is under way; one below the window does not', () => {
  const { captured, say } = begun()
  say(DIRECTION.TO_SERVER, REQUEST)
  captured.send({ ...ends(DIRECTION.TO_SERVER), sequence: isn[0] - 500, flags: FLAG.RST })
  expect(captured.reassembler.openConnections).toBe(1)
  say(DIRECTION.TO_SERVER, '', { flags: FLAG.RST })
  expect(captured.reassembler.openConnections).toBe(0)
  expect(captured.seen).toMatchObject([{ outcome: 'aborted' }])
})

test('half-open connections and connections that never end are bounded, and counted', () => {
  const captured = capture()
  for (let port = 1; port <= 500; port += 1) {
    const from = { address: '10.0.1.1', port }
    captured.send({ from, to: SERVER, sequence: 1, flags: FLAG.SYN })
  }
  for (let port = 1; port <= 120; port += 1) {
    const from = { address: '10.0.2.2', port }
    captured.send({ from, to: SERVER, sequence: 9, payload: Buffer.from(REQUEST) })
  }
  expect(captured.reassembler.openConnections).toBe(50)
  expect(captured.counts.forgotten).toMatchObject({ half_open: 400, limit: 70 })
  captured.send(
    { from: { address: '10.0.3.3', port: 1 }, to: SERVER, sequence: 9, payload: Buffer.from(REQUEST) },
    {},
    70_000,
  )
  for (let count = 0; count < 60; count += 1)
    captured.send({ ...ends(DIRECTION.TO_SERVER), sequence: 1, flags: FLAG.SYN })
  expect(captured.reassembler.openConnections).toBe(1)
})

test("connections of modeltap itself are no traffic; another machine's with the same port are", () => {
  for (const [address, seen] of [
    [SERVER.address, 0],
    [CLIENT.address, 1],
  ] as const) {
    const captured = capture()
    const from = { address, port: OWN_PORT }
    captured.send({ from, to: SERVER, sequence: isn[0], flags: FLAG.SYN })
    captured.send({ from: SERVER, to: from, sequence: isn[1], flags: FLAG.SYN | FLAG.ACK })
    captured.send({ from, to: SERVER, sequence: isn[0] + 1, payload: Buffer.from(REQUEST) })
    captured.send({ from: SERVER, to: from, sequence: isn[1] + 1, payload: Buffer.from(RESPONSE) })
    expect(captured.seen).toHaveLength(seen)
    expect(captured.reassembler.openConnections).toBe(seen)
  }
})

test('a connection that is given up ends its open request without an error, and is met again', () => {
  const captured = capture()
  const { seen, lost, counts, reassembler, send } = captured
  const question = 'GET /a HTTP/1.1\r\nhost: m\r\n\r\n'
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
  const ask = (sequence: number) =>
    send({ ...ends(DIRECTION.TO_SERVER), sequence, payload: Buffer.from(question) })
  const reply = (sequence: number) =>
    send({ ...ends(DIRECTION.TO_CLIENT), sequence, payload: Buffer.from(answer) })
  ask(1_000)
  reply(5_000)
  ask(1_000 + question.length)
  expect([...reassembler.clientPorts()]).toEqual([CLIENT.port])
  reassembler.keepOnly((port) => port === CLIENT.port)
  expect(counts.forgotten.share).toBe(0)
  reassembler.keepOnly((port) => port !== CLIENT.port)
  expect(seen).toHaveLength(1)
  expect(lost).toEqual({ forgotten: 1 })
  expect(counts.forgotten.share).toBe(1)
  ask(1_000 + 2 * question.length)
  reply(5_000 + 2 * answer.length)
  expect(seen.map(({ outcome }) => outcome)).toEqual(['success', 'success'])
})
