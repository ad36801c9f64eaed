import { expect, test } from 'vitest'
import { bodyHash, FatalBodies } from '../../src/analysis/fatal-bodies.ts'
import type { Exchange } from '../../src/observe/exchange.ts'
import { Deaths } from '../../src/worker/deaths.ts'

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
  const control = { analysedRequest: 0, analysedResponse: 0 }
  new FatalBodies(control, deaths.fatalBodies).enter(exchange)
  deaths.note(control)
}

function passesOver(deaths: Deaths, exchange: Exchange): boolean {
  const bodies = new FatalBodies({ analysedRequest: 0, analysedResponse: 0 }, deaths.fatalBodies)
  const read = bodies.enter(exchange)
  expect(read === exchange).toBe(bodies.passedOver === 0)
  return bodies.passedOver > 0
}

test('a request at which a thread ended is passed over, with everything but its bodies kept', () => {
  const deaths = new Deaths()
  dieAt(deaths, new Seen(DEADLY, ANSWER))
  expect(passesOver(deaths, new Seen(DEADLY, '{"predictions":[1]}'))).toBe(true)
  expect(passesOver(deaths, new Seen('{"x":"aaab"}', ANSWER))).toBe(false)
  const bodies = new FatalBodies({ analysedRequest: 0, analysedResponse: 0 }, deaths.fatalBodies)
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
  const control = { analysedRequest: 0, analysedResponse: 0 }
  const bodies = new FatalBodies(control, [])
  bodies.enter(new Seen(DEADLY, ANSWER))
  bodies.leave()
  const deaths = new Deaths()
  expect(deaths.note(control)).toBe(false)
  expect(deaths.fatalBodies).toEqual([])
})

test('only the latest deaths are remembered, and an empty body is never one of them', () => {
  const deaths = new Deaths()
  for (let death = 0; death < 1000; death += 1) dieAt(deaths, new Seen(`{"n":${death}}`, ''))
  expect(deaths.fatalBodies.length).toBe(64)
  expect(passesOver(deaths, new Seen('', ''))).toBe(false)
  expect(bodyHash(Buffer.alloc(3 * 2 ** 20, 'x'))).toBeLessThan(2 ** 53)
})
