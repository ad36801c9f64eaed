import { expect, test } from 'vitest'
import { bodyHash, FatalBodies } from '../../src/analysis/fatal-bodies.ts'
import type { Exchange } from '../../src/observe/exchange.ts'
import { ControlBlock } from '../../src/ring/control.ts'
import { createTapMemory, MIN_RING_BYTES } from '../../src/ring/memory.ts'
import { Deaths } from '../../src/worker/deaths.ts'

const newControl = (): ControlBlock =>
  new ControlBlock(createTapMemory({ ringBytes: MIN_RING_BYTES, maxConnections: 1 }))

const message = (body: string) => ({
  header: (name: string) => (name === 'content-type' ? 'application/json' : undefined),
  body: Buffer.from(body),
  bodyBytes: body.length,
  truncated: false,
  firstByteMs: 1,
  lastByteMs: 2,
})

/** With getters on the prototype, as those of the observer have them. */
class Seen implements Exchange {
  readonly connection = 1
  readonly wireProtocol = 'http/1.1'
  readonly method = 'POST'
  readonly target = '/score'
  readonly status = 200
  readonly grpcStatus = undefined
  readonly outcome = 'success'
  readonly #request: string
  readonly #response: string

  constructor(request: string, response: string) {
    this.#request = request
    this.#response = response
  }

  get request() {
    return message(this.#request)
  }

  get response() {
    return message(this.#response)
  }
}

const DEADLY = '{"x":"aaaa"}'
const ANSWER = '{"predictions":[0]}'

function dieAt(deaths: Deaths, exchange: Exchange): void {
  const control = newControl()
  new FatalBodies(control, deaths.fatalBodies).enter(exchange)
  deaths.note(control)
}

function passesOver(deaths: Deaths, exchange: Exchange): boolean {
  const bodies = new FatalBodies(newControl(), deaths.fatalBodies)
  const read = bodies.enter(exchange)
  expect(read === exchange).toBe(bodies.passedOver === 0)
  return bodies.passedOver > 0
}

test('a request at which a thread ended is passed over, with everything but its bodies kept', () => {
  const deaths = new Deaths()
  dieAt(deaths, new Seen(DEADLY, ANSWER))
  expect(passesOver(deaths, new Seen(DEADLY, '{"predictions":[1]}'))).toBe(true)
  expect(passesOver(deaths, new Seen('{"x":"aaab"}', ANSWER))).toBe(false)
  const bodies = new FatalBodies(newControl(), deaths.fatalBodies)
  expect(bodies.enter(new Seen(DEADLY, ANSWER))).toMatchObject({
    target: '/score',
    status: 200,
    outcome: 'success',
    request: { body: { length: 0 }, bodyBytes: DEADLY.length, truncated: true },
  })
})

test('a response is to blame after two threads, or when the request had no body', () => {
  const deaths = new Deaths()
  dieAt(deaths, new Seen('1', 'huge'))
  expect(passesOver(deaths, new Seen('2', 'huge'))).toBe(false)
  dieAt(deaths, new Seen('2', 'huge'))
  expect(passesOver(deaths, new Seen('3', 'huge'))).toBe(true)
  dieAt(deaths, new Seen('', 'other'))
  expect(passesOver(deaths, new Seen('4', 'other'))).toBe(true)
})

test('a thread that ended between two exchanges blames nobody', () => {
  const control = newControl()
  const bodies = new FatalBodies(control, [])
  bodies.enter(new Seen(DEADLY, ANSWER))
  bodies.leave()
  const deaths = new Deaths()
  expect(deaths.note(control)).toBe(false)
  expect(deaths.fatalBodies).toEqual([])
})

test('only the latest deaths are remembered, and an empty body is never one of them', () => {
  const deaths = new Deaths()
  for (let death = 0; death < 100; death += 1) dieAt(deaths, new Seen(`{"n":${death}}`, ''))
  expect(deaths.fatalBodies.length).toBe(64)
  expect(passesOver(deaths, new Seen('', ''))).toBe(false)
})

test('short bodies are told apart by each byte, long ones by their length and by what differs throughout', () => {
  const short = Buffer.from('{"instances":[[41,"private",0.25]]}')
  const hashes = new Set<number>()
  let bodies = 0
  for (let at = 0; at < short.length; at += 1) {
    for (let value = 0; value < 256; value += 1) {
      if (short[at] === value) continue
      const body = Buffer.from(short)
      body[at] = value
      hashes.add(bodyHash(body))
      bodies += 1
    }
  }
  expect(hashes.size).toBe(bodies)
  const rows = Array.from({ length: 1000 }, (_, seed) =>
    bodyHash(Buffer.from(JSON.stringify(Array.from({ length: 60 }, (_, i) => Math.sin(seed * 61 + i))))),
  )
  expect(new Set(rows).size).toBe(1000)
  expect(bodyHash(Buffer.alloc(3 * 2 ** 20, 'x'))).toBeLessThan(2 ** 53)
})
