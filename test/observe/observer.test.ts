import { describe, expect, test } from 'vitest'
import type { BodyObserver } from '../../src/observe/exchange.ts'
import { DIRECTION, FRAME } from '../../src/ring/frame.ts'
import { CLOSE, everyByte, HANG_UP, LIMITS, observe, OPEN, Player, type Step } from './script.ts'

const GET = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n'
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const EXCHANGE: readonly Step[] = [{ client: GET }, { server: OK }]
const post = (length: number, body = ''): Step => ({
  client: `POST /p HTTP/1.1\r\nContent-Length: ${length}\r\n\r\n${body}`,
})
const answer = (length: number, body = ''): Step => ({
  server: `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${body}`,
})

const targets = ({ exchanges }: { exchanges: { target: string }[] }): string[] =>
  exchanges.map(({ target }) => target)

describe('times', () => {
  test('are those of the frames with the first and the last byte of each message', () => {
    const steps: Step[] = [
      { client: 'POST /p HTTP/1.1\r\n' },
      { client: 'Content-Length: 4\r\n\r\nab' },
      { client: 'cd' },
      { server: 'HTTP/1.1 100 Continue\r\n\r\n' },
      { server: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n' },
      { server: 'ok' },
    ]
    const [exchange] = observe(steps).exchanges
    expect(exchange?.request).toMatchObject({ firstByteMs: 2, lastByteMs: 4, bodyBytes: 4 })
    expect(exchange?.response).toMatchObject({ firstByteMs: 6, lastByteMs: 7, bodyBytes: 2 })
    expect(exchange?.endedMs).toBe(7)
  })

  test('of an exchange that was cut off end with the connection', () => {
    const [exchange] = observe([{ client: GET }, { waitMs: 500 }, { event: 'client-reset' }, CLOSE]).exchanges
    expect(exchange).toMatchObject({ outcome: 'aborted', endedMs: 504 })
    expect(exchange?.response.firstByteMs).toBeNaN()
  })
})

describe('heads', () => {
  test('fields are found in any case, joined, trimmed, and absent ones are undefined', () => {
    const seen: unknown[] = []
    observe(
      [{ client: 'GET / HTTP/1.1\r\nX-A:  1 \t\r\nx-a: 2\r\nEmpty:\r\n\r\n' }, { server: OK }],
      undefined,
      {
        onExchange: ({ request: { header } }) =>
          seen.push(header('x-a'), header('empty'), header('x-b'), header('host')),
      },
    )
    expect(seen).toEqual(['1, 2', '', undefined, undefined])
  })

  test('a hundred fields are kept', () => {
    const fields = Array.from({ length: 100 }, (_, index) => `X-${index}: ${index}\r\n`).join('')
    const seen: unknown[] = []
    observe([{ client: `GET / HTTP/1.1\r\n${fields}\r\n` }, { server: OK }], everyByte, {
      onExchange: ({ request }) => seen.push(request.header('x-0'), request.header('x-99')),
    })
    expect(seen).toEqual(['0', '99'])
  })

  test('a head of exactly the limit is read, one byte more is counted, and the next request is seen', () => {
    const head = (bytes: number): string => `GET /big HTTP/1.1\r\nX: ${'a'.repeat(bytes - 26)}\r\n\r\n`
    const steps = (bytes: number): Step[] => [{ client: head(bytes) }, { server: OK }, ...EXCHANGE]
    expect(head(LIMITS.headerBytes)).toHaveLength(LIMITS.headerBytes)
    expect(targets(observe(steps(LIMITS.headerBytes)))).toEqual(['/big', '/a'])
    const over = observe(steps(LIMITS.headerBytes + 1))
    expect(over.unobserved).toEqual({ head_too_large: 1 })
    expect(targets(over)).toEqual(['/a'])
  })

  test.each([
    ['a chunk extension', `1;${'e'.repeat(LIMITS.headerBytes + 1)}`],
    ['trailers', `0\r\n${'X: yyyyyy\r\n'.repeat(LIMITS.headerBytes / 8)}`],
  ])('%s beyond the limit', (_, body) => {
    const { unobserved } = observe([
      { client: `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${body}` },
    ])
    expect(unobserved).toEqual({ head_too_large: 1 })
  })
})

describe('bodies', () => {
  const size = 10_000
  test.each([
    ['with a length', answer(size, 'x'.repeat(size)), []],
    [
      'in chunks',
      {
        server:
          `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'64\r\n' + 'x'.repeat(100) + '\r\n'}`.replace(
            /64[^]*/,
            '64\r\n'.concat('x'.repeat(100), '\r\n').repeat(size / 100),
          ) + '0\r\n\r\n',
      },
      [],
    ],
    [
      'until the close',
      { server: `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(size)}` },
      [{ event: 'server-end' }, CLOSE],
    ],
  ] as [string, Step, Step[]][])('%s are copied up to the limit and counted beyond', (_, response, end) => {
    for (const cuts of [undefined, everyByte, () => [4000, 4096, 4200]]) {
      const [exchange] = observe([{ client: GET }, response, ...end], cuts).exchanges
      expect(exchange?.response).toMatchObject({
        body: 'x'.repeat(LIMITS.bodyBytes),
        bodyBytes: size,
        truncated: true,
      })
    }
  })

  test('of exactly the limit are whole', () => {
    const body = 'x'.repeat(LIMITS.bodyBytes)
    const [exchange] = observe([post(body.length, body), answer(0)], () => [100, 2000, 3000]).exchanges
    expect(exchange?.request).toMatchObject({ body, truncated: false })
  })

  test('beyond the limit need not be copied, except for their last byte', () => {
    const length = 1_000_000
    const head = `POST /p HTTP/1.1\r\nContent-Length: ${length}\r\n\r\n`
    const rest = length - 5000
    const recording = observe([
      post(length, 'x'.repeat(5000)),
      { lostClient: rest - 1 },
      { client: 'x' },
      answer(0),
      ...EXCHANGE,
    ])
    expect(recording.skips).toEqual([[DIRECTION.TO_SERVER, head.length + length - 1]])
    expect(recording.exchanges[0]?.request).toMatchObject({
      bodyBytes: length,
      truncated: true,
      lastByteMs: 4,
    })
    expect(targets(recording)).toEqual(['/p', '/a'])
    expect(recording.unobserved).toEqual({})
  })

  test('in one large chunk are skipped up to its end', () => {
    const start = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n'
    const recording = observe([
      { client: GET },
      { server: start + 'x'.repeat(5000) },
      { lostServer: 0x100000 - 5000 },
      { server: '\r\n0\r\n\r\n' },
      ...EXCHANGE,
    ])
    expect(recording.skips).toEqual([[DIRECTION.TO_CLIENT, start.length + 0x100000]])
    expect(recording.exchanges.map(({ response }) => response.bodyBytes)).toEqual([0x100000, 2])
  })

  test('until the close are skipped altogether and still counted', () => {
    const recording = observe([
      { client: GET },
      { server: `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(5000)}` },
      { lostServer: 70_000 },
      { event: 'server-end' },
      CLOSE,
    ])
    expect(recording.skips).toEqual([[DIRECTION.TO_CLIENT, Number.MAX_SAFE_INTEGER]])
    expect(recording.exchanges[0]).toMatchObject({
      outcome: 'success',
      response: { bodyBytes: 75_000, truncated: true },
    })
  })

  test('of all connections together are bounded, and who gets no memory is counted', () => {
    const player = new Player({ limits: { ...LIMITS, copyBytes: 10_000 } })
    for (let id = 0; id < 5; id += 1) player.play([OPEN, post(5000, 'x'.repeat(4000))], id)
    expect(player.observer.copyBytes).toBeLessThanOrEqual(10_000)
    expect(player.unobserved).toEqual({ copy_memory: 3 })
    for (let id = 0; id < 5; id += 1) player.play([{ client: 'y'.repeat(1000) }, answer(0)], id)
    expect(player.exchanges.map(({ request }) => request.bodyBytes)).toEqual([5000, 5000, 5000, 5000, 5000])
    expect(player.exchanges.map(({ request }) => request.body.length)).toEqual([4096, 4096, 0, 0, 0])
    expect(player.observer.copyBytes).toBe(0)
  })
})

describe('holes', () => {
  test('inside a body of known length cut its copy only', () => {
    const recording = observe([
      post(10, 'abc'),
      { lostClient: 4 },
      { client: 'hij' },
      answer(6, 'a'),
      { lostServer: 5 },
      ...EXCHANGE,
    ])
    expect(recording.exchanges[0]?.request).toMatchObject({ body: 'abc', bodyBytes: 10, truncated: true })
    // The hole reached the body's end exactly: the next response shows it.
    expect(recording.exchanges[0]?.response).toMatchObject({ body: 'a', bodyBytes: 6, truncated: true })
    expect(targets(recording)).toEqual(['/p', '/a'])
    expect(recording.unobserved).toEqual({})
  })

  test('inside a chunk cut its copy only', () => {
    const recording = observe([
      { client: GET },
      { server: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nab' },
      { lostServer: 4 },
      { server: 'gh\r\n0\r\n\r\n' },
    ])
    expect(recording.exchanges[0]?.response).toMatchObject({ body: 'ab', bodyBytes: 8, truncated: true })
  })

  test.each<[string, Step[], number]>([
    [
      'in a request head',
      [{ client: 'GET /lost HT' }, { lostClient: 5 }, { client: '1\r\n\r\n' }, { server: OK }],
      1,
    ],
    [
      'over a body and a head',
      [post(5, 'ab'), { lostClient: 20 }, { client: 'x: y\r\n\r\n' }, { server: OK }],
      1,
    ],
    ['over a whole request', [{ lostClient: 30 }, { client: 'rest' }, { server: OK }], 1],
    ['over a response head', [{ client: GET }, { lostServer: 30 }, { server: 'ok' }], 1],
    [
      'over a chunk line',
      [
        { client: GET },
        { server: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab' },
        { lostServer: 5 },
        { server: 'x\r\n0\r\n\r\n' },
      ],
      1,
    ],
    [
      'over a response among pipelined ones',
      [
        { client: GET + GET + GET },
        { server: OK },
        { lostServer: 12 },
        { server: '\r\n\r\nok' },
        { waitMs: 1000 },
      ],
      2,
    ],
  ])('%s lose the exchanges in flight, and framing is found at the next request', (_, steps, count) => {
    const recording = observe([
      ...EXCHANGE,
      ...steps,
      { client: GET.replace('/a', '/next') },
      { server: OK },
      ...EXCHANGE,
    ])
    expect(recording.unobserved).toEqual({ hole: count })
    expect(recording.exchanges.filter(({ target }) => target === '/next')).toHaveLength(1)
    expect(recording.exchanges.at(-1)).toMatchObject({ target: '/a', status: 200, response: { body: 'ok' } })
    expect(recording.idle.at(-1)).toBe(true)
  })

  test('whose frame itself begins with a request cost no further exchange', () => {
    const recording = observe([
      ...EXCHANGE,
      { lostClient: 100 },
      { lostServer: 50 },
      { client: GET.replace('/a', '/next') },
      { server: OK },
    ])
    expect(recording.unobserved).toEqual({ hole: 1 })
    expect(targets(recording)).toEqual(['/a', '/next'])
  })

  test('behind which a pipelining client is not trusted before it was quiet', () => {
    const pipelined: Step[] = [{ client: GET + GET }, { server: OK + OK }]
    const lost: Step[] = [{ lostClient: 100 }, { client: 'rest' }, { client: GET }, { server: OK }]
    const recording = observe([...pipelined, ...lost])
    expect(recording.exchanges).toHaveLength(2)
    expect(observe([...pipelined, ...lost, { waitMs: 1000 }, ...EXCHANGE]).exchanges).toHaveLength(3)
  })

  test('a response that does not begin as one sends the search on', () => {
    const recording = observe([
      { lostClient: 9 },
      { client: GET },
      { server: 'the rest of an older body' },
      ...EXCHANGE,
    ])
    expect(recording.unobserved).toEqual({ hole: 2 })
    expect(recording.exchanges).toHaveLength(1)
  })
})

describe('connections met after their OPEN', () => {
  test('between exchanges lose nothing', () => {
    const player = new Player()
    player.lose(1, DIRECTION.TO_SERVER, 1000)
    player.lose(1, DIRECTION.TO_CLIENT, 5000)
    player.play([...EXCHANGE, ...EXCHANGE, ...HANG_UP])
    expect(player.exchanges).toHaveLength(2)
    expect(player.unobserved).toEqual({})
  })

  test('inside an exchange lose that one', () => {
    const player = new Player()
    player.lose(1, DIRECTION.TO_CLIENT, 5000)
    player.play([{ server: 'rest of a response' }, { server: 'more' }, ...EXCHANGE])
    expect(player.unobserved).toEqual({ midstream: 1 })
    expect(player.exchanges).toHaveLength(1)
  })

  test('whose end is all that was seen are nothing', () => {
    expect(new Player().play(HANG_UP).recording).toMatchObject({ exchanges: [], unobserved: {} })
  })
})

describe('limits', () => {
  test('more connections than the limit: idle ones make room, busy ones do not, the surplus is counted', () => {
    const player = new Player({ limits: { ...LIMITS, connections: 20 } })
    for (let id = 0; id < 20; id += 1) player.play([OPEN, { client: GET }], id)
    player.play([OPEN, ...EXCHANGE], 20)
    expect(player.unobserved).toEqual({ too_many_connections: 1 })
    expect(player.exchanges).toHaveLength(0)
    player.play([{ server: OK }], 3)
    player.play([OPEN, ...EXCHANGE], 21)
    // Busy ones are passed over a few at a time, so the idle one may be found at a later try only.
    player.play([OPEN, ...EXCHANGE], 22)
    expect(player.unobserved).toEqual({ too_many_connections: 1 })
    expect(player.exchanges.map(({ connection }) => connection)).toEqual([3, 21, 22])
    // The one that made room is met again at a later request.
    player.play([...EXCHANGE, ...EXCHANGE], 3)
    expect(player.exchanges.at(-1)?.connection).toBe(3)
    expect(player.unobserved.midstream).toBeUndefined()
    expect(player.observer.connections).toBe(20)
  })

  test('more pipelined requests than the limit', () => {
    const recording = observe([{ client: GET.repeat(11) }, { server: OK.repeat(11) }], undefined, {
      limits: { ...LIMITS, inFlight: 10 },
    })
    expect(recording.unobserved).toEqual({ too_many_requests: 10 })
    expect(recording.exchanges).toHaveLength(0)
  })

  test('a hundred thousand connections of every fate leave nothing behind', () => {
    const player = new Player({ onExchange: () => undefined, limits: { ...LIMITS, connections: 100 } })
    const fates: Step[][] = [
      [...EXCHANGE, ...HANG_UP],
      [post(4000, 'x'.repeat(2000)), CLOSE],
      [{ client: 'GET /cut' }, CLOSE],
      [{ client: '\x16\x03\x01' }, CLOSE],
      [{ client: GET + GET + GET }, { server: OK }, { lostServer: 3 }, { server: 'x' }, CLOSE],
      [{ client: GET }, { event: 'unreachable' }, CLOSE],
      [post(9000, 'x'.repeat(5000)), { event: 'client-reset' }],
    ]
    for (let id = 0; id < 100_000; id += 1) player.play([OPEN, ...(fates[id % fates.length] ?? [])], id)
    expect(player.observer.connections).toBeLessThanOrEqual(100)
    expect(player.observer.inFlight).toBe(0)
    expect(player.observer.copyBytes).toBe(0)
  })
})

test('a connection that is opened again under its id has forgotten what it was', () => {
  const player = new Player().play([OPEN, post(100, 'half')])
  expect(player.observer.inFlight).toBe(1)
  player.forget()
  player.play([OPEN, ...EXCHANGE])
  expect(player.observer.inFlight).toBe(0)
  expect(player.observer.copyBytes).toBe(0)
  expect(player.exchanges.map(({ target }) => target)).toEqual(['/a'])
})

test('in flight and idle follow the exchanges', () => {
  const player = new Player()
  player.play([OPEN, { client: GET + GET }])
  expect(player.observer.inFlight).toBe(2)
  expect(player.idle).toEqual([true, false])
  player.play([{ server: OK }])
  expect(player.observer.inFlight).toBe(1)
  player.play([{ server: OK }])
  expect(player.observer.inFlight).toBe(0)
  expect(player.idle).toEqual([true, false, true])
  player.play([{ client: 'GET' }])
  expect(player.idle).toEqual([true, false, true, false])
})

test('a throwing consumer does not disturb the observer', () => {
  let calls = 0
  const player = new Player({
    onExchange: () => {
      calls += 1
      throw new Error('consumer')
    },
  })
  player.play([OPEN])
  for (let i = 0; i < 3; i += 1) {
    player.play([{ client: GET }])
    expect(() => player.play([{ server: OK }])).toThrow('consumer')
  }
  expect(calls).toBe(3)
  expect(player.observer.inFlight).toBe(0)
})

describe('streamed responses', () => {
  const stream = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'
  const chunk = (text: string): Step => ({ server: `${text.length.toString(16)}\r\n${text}\r\n` })

  test('can be followed as they arrive; the exchange names the follower', () => {
    const events: [string, number][] = []
    const observer: BodyObserver = {
      data: (bytes, start, end, timeMs) =>
        events.push([Buffer.from(bytes.subarray(start, end)).toString(), timeMs]),
      gap: (count, timeMs) => events.push([`gap ${count}`, timeMs]),
    }
    const seen: unknown[] = []
    const player = new Player({
      onStreamedResponse: (exchange) =>
        exchange.response.header('content-type') === 'text/event-stream' ? observer : undefined,
      onExchange: (exchange) => seen.push(exchange.responseObserver === observer),
    })
    player.play([
      OPEN,
      { client: GET },
      { server: stream },
      chunk('data: 1\n\n'),
      chunk('data: 2\n\n'),
      { server: '9\r\ndat' },
      { lostServer: 4 },
      { server: '\n\n\r\n0\r\n\r\n' },
    ])
    player.play(EXCHANGE)
    expect(events).toEqual([
      ['data: 1\n\n', 4],
      ['data: 2\n\n', 5],
      ['dat', 6],
      ['gap 4', 8],
      ['\n\n', 8],
    ])
    expect(seen).toEqual([true, false])
  })

  test('are asked about only when the head declares no length', () => {
    let asked = 0
    const options = { onStreamedResponse: () => void (asked += 1) }
    observe([...EXCHANGE, { client: 'HEAD / HTTP/1.1\r\n\r\n' }, { server: stream }], undefined, options)
    expect(asked).toBe(0)
    observe([{ client: GET }, { server: stream }], everyByte, options)
    expect(asked).toBe(1)
  })
})

test('frames may lie in shared memory', () => {
  const player = new Player()
  const ring = new Uint8Array(new SharedArrayBuffer(1024))
  const put = (direction: 0 | 1, text: string): void => {
    ring.set(Buffer.from(text), 100)
    player.observer.frame(FRAME.DATA, 1, direction, 0, 1, ring, 100, 100 + text.length)
    ring.fill(0)
  }
  put(DIRECTION.TO_SERVER, 'POST / HTTP/1.1\r\nContent-Length: 40\r\n\r\n' + 'abcd'.repeat(10))
  put(DIRECTION.TO_CLIENT, OK)
  expect(player.exchanges[0]).toMatchObject({
    request: { body: 'abcd'.repeat(10) },
    response: { body: 'ok' },
  })
})

describe('memory of heads', () => {
  const large = `GET /large HTTP/1.1\r\nX: ${'a'.repeat(5000)}\r\n`

  test('of many slow clients is bounded, given back, and who gets none is counted', () => {
    const player = new Player({ limits: { ...LIMITS, copyBytes: 40_000 } })
    for (let id = 0; id < 10; id += 1) player.play([OPEN, { client: large }], id)
    expect(player.observer.copyBytes).toBeLessThanOrEqual(40_000)
    expect(player.unobserved.copy_memory).toBeGreaterThan(0)
    for (let id = 0; id < 10; id += 1) player.play([{ client: '\r\n' }, { server: OK }, CLOSE], id)
    expect(player.exchanges.length + (player.unobserved.copy_memory ?? 0)).toBe(10)
    expect(player.observer.copyBytes).toBe(0)
  })

  test('is not spent on an endless number of fields', () => {
    const fields = (count: number): Step => ({
      client: `GET /fields HTTP/1.1\r\n${'a:\r\n'.repeat(count)}\r\n`,
    })
    expect(targets(observe([fields(512), { server: OK }]))).toEqual(['/fields'])
    expect(observe([fields(513), { server: OK }, ...HANG_UP]).unobserved).toEqual({ head_too_large: 1 })
  })
})
