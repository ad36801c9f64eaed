import { describe, expect, test } from 'vitest'
import type { BodyObserver } from '../../src/observe/exchange.ts'
import type { UnobservedReason } from '../../src/observe/unobserved.ts'
import {
  block,
  data,
  FLAG,
  frame,
  get,
  headers,
  ok,
  PREFACE,
  settings,
  TYPE,
  uint32,
} from './http2-frames.ts'
import {
  CLOSE,
  everyByte,
  HANG_UP,
  LIMITS,
  observe,
  OPEN,
  Player,
  type Recorded,
  type Recording,
  type Step,
} from './script.ts'

const bytes = (...parts: (Buffer | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1')))
const client = (...parts: (Buffer | string)[]): Step => ({ client: bytes(...parts) })
const server = (...parts: (Buffer | string)[]): Step => ({ server: bytes(...parts) })
const START: readonly Step[] = [client(PREFACE, settings()), server(settings())]
const line = ({ method, target, status, outcome, request, response }: Recorded): string =>
  `${method} ${target} ${status} ${outcome} |${request.body}|${response.body}`

/** Plays it whole, byte by byte and in two pieces at every place, and expects the same from all. */
function observeInAnyPieces(steps: readonly Step[]): Recording {
  const whole = observe(steps)
  expect(observe(steps, everyByte)).toEqual(whole)
  const longest = Math.max(
    ...steps.map((step) =>
      'client' in step ? step.client.length : 'server' in step ? step.server.length : 0,
    ),
  )
  for (let cut = 1; cut < Math.min(longest, 300); cut += 1) expect(observe(steps, () => [cut])).toEqual(whole)
  return whole
}

describe('frames', () => {
  test.each<[string, Step[], string[]]>([
    [
      'interleaved streams',
      [client(get(1), get(3, '/b')), server(ok(3, 'b'), ok(1, 'a'))],
      ['GET /b 200 success ||b', 'GET /a 200 success ||a'],
    ],
    [
      'padding and priority',
      [
        client(
          frame(
            TYPE.HEADERS,
            FLAG.END_HEADERS | FLAG.PADDED | FLAG.PRIORITY,
            1,
            bytes('\x03', uint32(0), '\x10', block({ ':method': 'POST', ':path': '/p' }), '\0\0\0'),
          ),
        ),
        client(
          frame(TYPE.DATA, FLAG.PADDED, 1, '\x02ab\0\0'),
          frame(TYPE.DATA, FLAG.PADDED, 1, '\x01\0'),
          frame(TYPE.DATA, FLAG.PADDED | FLAG.END_STREAM, 1, '\x00cd'),
        ),
        server(ok(1)),
      ],
      ['POST /p 200 success |abcd|ok'],
    ],
    [
      'CONTINUATION',
      [
        client(
          frame(TYPE.HEADERS, FLAG.END_STREAM, 1, block({ ':method': 'GET' }).subarray(0, 5)),
          frame(TYPE.CONTINUATION, 0, 1, block({ ':method': 'GET' }).subarray(5)),
          frame(TYPE.CONTINUATION, 0, 1),
          frame(TYPE.CONTINUATION, FLAG.END_HEADERS, 1, block({ ':path': '/c' })),
        ),
        server(ok(1)),
      ],
      ['GET /c 200 success ||ok'],
    ],
    [
      'frames without meaning here, and of unknown types',
      [
        client(
          frame(TYPE.PING, 0, 0, '12345678'),
          frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(5)),
          frame(TYPE.PRIORITY, 0, 1, 'abcde'),
          frame(0x77, 0xff, 9, 'what'),
          get(1),
        ),
        server(frame(TYPE.PING, 1, 0, '12345678'), settings([3, 100], [4, 65535]), frame(0x77, 0, 0), ok(1)),
      ],
      ['GET /a 200 success ||ok'],
    ],
    [
      'interim responses',
      [
        client(get(1)),
        server(headers(1, { ':status': '103' }, false), headers(1, { ':status': '100' }, false), ok(1)),
      ],
      ['GET /a 200 success ||ok'],
    ],
    [
      'a response of headers only',
      [client(get(1)), server(headers(1, { ':status': '204' }))],
      ['GET /a 204 success ||'],
    ],
    [
      'trailers of a request',
      [
        client(
          headers(1, { ':method': 'PUT', ':path': '/t' }, false),
          data(1, 'x', false),
          headers(1, { 'x-sum': '1' }),
        ),
        server(ok(1)),
      ],
      ['PUT /t 200 success |x|ok'],
    ],
    [
      'CONNECT',
      [
        client(headers(1, { ':method': 'CONNECT', ':authority': 'h:1' }, false)),
        server(ok(1, '')),
        client(data(1, '')),
      ],
      ['CONNECT h:1 200 success ||'],
    ],
    [
      'a response before the request has ended',
      [
        client(headers(1, { ':method': 'PUT', ':path': '/e' }, false)),
        server(ok(1)),
        client(data(1, 'late')),
      ],
      ['PUT /e 200 success |late|ok'],
    ],
    [
      'a response before the end of a request that is then not wanted',
      [
        client(headers(1, { ':method': 'PUT', ':path': '/e' }, false)),
        server(ok(1), frame(TYPE.RST_STREAM, 0, 1, uint32(0))),
        client(data(1, 'late')),
      ],
      ['PUT /e 200 success ||ok'],
    ],
    [
      'promised streams',
      [
        client(get(1)),
        server(
          frame(
            TYPE.PUSH_PROMISE,
            FLAG.END_HEADERS,
            1,
            bytes(uint32(2), block({ ':method': 'GET', ':path': '/pushed' })),
          ),
          ok(2, 'pushed'),
          ok(1),
        ),
      ],
      ['GET /a 200 success ||ok'],
    ],
    [
      'GOAWAY refuses the younger streams',
      [
        client(get(1), get(3, '/b')),
        server(frame(TYPE.GOAWAY, 0, 0, bytes(uint32(1, 0), 'debug data')), ok(1)),
      ],
      ['GET /b 0 upstream_closed ||', 'GET /a 200 success ||ok'],
    ],
    [
      'a stream that the server refuses',
      [client(get(1)), server(frame(TYPE.RST_STREAM, 0, 1, uint32(7)))],
      ['GET /a 0 upstream_closed ||'],
    ],
    [
      'a stream that the client gives up',
      [client(get(1)), client(frame(TYPE.RST_STREAM, 0, 1, uint32(8)))],
      ['GET /a 0 aborted ||'],
    ],
    [
      'a second request on a finished stream',
      [client(get(1)), server(ok(1)), client(get(1, '/again')), client(data(7, 'x'))],
      ['GET /a 200 success ||ok'],
    ],
  ])('%s', (_, steps, expected) => {
    const { exchanges, unobserved, idle } = observeInAnyPieces([...START, ...steps])
    expect(exchanges.map(line)).toEqual(expected)
    expect(unobserved).toEqual({})
    expect(idle.at(-1)).toBe(true)
  })

  test('the server may speak before its client', () => {
    const steps = [server(settings([3, 100])), client(PREFACE, settings(), get(1)), server(ok(1)), ...HANG_UP]
    expect(observeInAnyPieces(steps).exchanges.map(line)).toEqual(['GET /a 200 success ||ok'])
  })

  test('fields are found in head and trailers', () => {
    const seen: unknown[] = []
    const steps = [
      ...START,
      client(headers(1, { ':method': 'GET', ':path': '/', accept: 'a', 'content-type': 'x' })),
      server(headers(1, { ':status': '200', a: '1' }, false), data(1, '', false), headers(1, { b: '2' })),
    ]
    observe(steps, undefined, {
      onExchange: ({ request, response: { header } }) =>
        seen.push(request.header('accept'), header('a'), header('b'), header('c')),
    })
    expect(seen).toEqual(['a', '1', '2', undefined])
  })
})

describe('header tables', () => {
  /** A change of the table's size (RFC 7541, section 6.3), then a whole request. */
  const sized = (stream: number, bytesOfTable: number): Buffer => {
    const update = [0x3f]
    let rest = bytesOfTable - 31
    for (; rest >= 128; rest >>>= 7) update.push((rest & 0x7f) | 0x80)
    return frame(
      TYPE.HEADERS,
      5,
      stream,
      bytes(Buffer.from([...update, rest]), block({ ':method': 'GET', ':path': '/a' })),
    )
  }

  test('may be as large as the receiver permits', () => {
    const steps = [
      client(PREFACE, settings()),
      server(settings([1, 8192])),
      client(sized(1, 8192)),
      server(ok(1)),
    ]
    expect(observeInAnyPieces(steps).exchanges.map(line)).toEqual(['GET /a 200 success ||ok'])
  })

  test.each([
    ['than the receiver permits', 8192, 8193],
    ['than is followed, whatever is permitted', 1 << 20, 65_537],
    ['than the default, when only the sender permits it', 4096, 8192],
  ])('larger %s are not followed', (_, permitted, size) => {
    const steps = [
      client(PREFACE, settings([1, 1 << 20])),
      server(settings([1, permitted])),
      client(sized(1, size)),
      server(ok(1)),
    ]
    expect(observe(steps)).toMatchObject({ exchanges: [], unobserved: { malformed: 1 } })
  })

  test('that are made smaller in SETTINGS still decode what was sent before', () => {
    const steps = [
      client(PREFACE, settings()),
      server(settings([1, 8192])),
      client(sized(1, 8192)),
      server(settings([1, 0])),
      client(sized(3, 8000)),
      server(ok(1), ok(3)),
    ]
    expect(observe(steps).exchanges).toHaveLength(2)
  })
})

test('a gRPC call is over with its status, though the client has not ended', () => {
  const steps: Step[] = [
    ...START,
    client(headers(1, { ':method': 'POST', ':path': '/s/m', 'content-type': 'application/grpc' }, false)),
    server(headers(1, { ':status': '200', 'grpc-status': '16' })),
  ]
  const { exchanges, idle } = observe(steps)
  expect(exchanges).toMatchObject([{ grpcStatus: 16, outcome: 'client_error', request: { truncated: true } }])
  expect(idle.at(-1)).toBe(true)
})

test('an exchange has nothing of the one before it', () => {
  const seen: unknown[] = []
  const steps = [
    ...START,
    client(get(1)),
    server(headers(1, { ':status': '200', a: '1' }, false), data(1, 'x', false), headers(1, { b: '2' })),
    client(get(3)),
    server(headers(3, { ':status': '204' })),
  ]
  observe(steps, undefined, {
    onExchange: ({ response }) => seen.push([response.header('a'), response.header('b'), response.bodyBytes]),
  })
  expect(seen).toEqual([
    ['1', '2', 1],
    [undefined, undefined, 0],
  ])
})

describe('hostile', () => {
  const bad = (
    name: string,
    step: Step,
    reason: UnobservedReason = 'malformed',
  ): [string, Step, UnobservedReason] => [name, step, reason]
  test.each([
    bad('no SETTINGS first', client(PREFACE, get(1))),
    bad('a broken preface', client('PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n')),
    bad('HEADERS on stream 0', client(PREFACE, settings(), get(0))),
    bad('DATA on stream 0', client(PREFACE, settings(), data(0, 'x'))),
    bad('SETTINGS of a wrong size', client(PREFACE, frame(TYPE.SETTINGS, 0, 0, '12345'))),
    bad('RST_STREAM of a wrong size', client(PREFACE, settings(), frame(TYPE.RST_STREAM, 0, 1, '12345'))),
    bad('PING of a wrong size', client(PREFACE, settings(), frame(TYPE.PING, 0, 0, '1'))),
    bad('GOAWAY of a wrong size', client(PREFACE, settings(), frame(TYPE.GOAWAY, 0, 0, '1'))),
    bad('PRIORITY of a wrong size', client(PREFACE, settings(), frame(TYPE.PRIORITY, 0, 1, '1'))),
    bad('WINDOW_UPDATE of a wrong size', client(PREFACE, settings(), frame(TYPE.WINDOW_UPDATE, 0, 1, '1'))),
    bad(
      'padding longer than the frame',
      client(PREFACE, settings(), frame(TYPE.DATA, FLAG.PADDED, 1, '\x05abc')),
    ),
    bad('padding in an empty frame', client(PREFACE, settings(), frame(TYPE.DATA, FLAG.PADDED, 1))),
    bad(
      'priority longer than the frame',
      client(PREFACE, settings(), frame(TYPE.HEADERS, FLAG.PRIORITY | FLAG.END_HEADERS, 1, 'abc')),
    ),
    bad('CONTINUATION alone', client(PREFACE, settings(), frame(TYPE.CONTINUATION, FLAG.END_HEADERS, 1, ''))),
    bad(
      'another frame inside a header block',
      client(PREFACE, settings(), frame(TYPE.HEADERS, 0, 1, block({ ':method': 'GET' })), data(1, 'x')),
    ),
    bad(
      'CONTINUATION of another stream',
      client(
        PREFACE,
        settings(),
        frame(TYPE.HEADERS, 0, 1, block({ ':method': 'GET' })),
        frame(TYPE.CONTINUATION, 4, 3, ''),
      ),
    ),
    bad('an index beyond the tables', client(PREFACE, settings(), frame(TYPE.HEADERS, 5, 1, '\xff\x30'))),
    bad('an index without end', client(PREFACE, settings(), frame(TYPE.HEADERS, 5, 1, '\xff'.repeat(50)))),
    bad('index 0', client(PREFACE, settings(), frame(TYPE.HEADERS, 5, 1, '\x80'))),
    bad(
      'a string longer than its block',
      client(PREFACE, settings(), frame(TYPE.HEADERS, 5, 1, '\x00\x7fab')),
    ),
    bad(
      'a Huffman code that is none',
      client(PREFACE, settings(), frame(TYPE.HEADERS, 5, 1, '\x00\x84\xff\xff\xff\xff\x01a')),
    ),
    bad(
      'a table size beyond what was permitted',
      client(PREFACE, settings(), frame(TYPE.HEADERS, 5, 1, '\x3f\xe1\x7f')),
    ),
    bad(
      'a header block without end',
      client(
        PREFACE,
        settings(),
        frame(TYPE.HEADERS, 1, 1, 'a'.repeat(8192)),
        frame(TYPE.CONTINUATION, 0, 1, 'a'),
      ),
      'head_too_large',
    ),
  ])('%s: the connection is given up, the next one is not', (_, step, reason) => {
    const { exchanges, unobserved } = observeInAnyPieces([
      step,
      client(get(1)),
      server(settings(), ok(1)),
      ...HANG_UP,
    ])
    expect(exchanges).toEqual([])
    expect(unobserved).toEqual({ [reason]: 1 })
  })

  test('a response that is none loses what is in flight', () => {
    const { exchanges, unobserved } = observe([
      ...START,
      client(get(1), get(3)),
      server(data(1, 'no head before')),
      server(ok(3)),
    ])
    expect(exchanges).toEqual([])
    expect(unobserved).toEqual({ malformed: 2 })
  })

  test('a server that answers the preface in HTTP/1.1', () => {
    const { unobserved } = observe([
      client(PREFACE, settings()),
      server('HTTP/1.1 400 Bad Request\r\n\r\n'),
      ...HANG_UP,
    ])
    expect(unobserved).toEqual({ malformed: 1 })
  })

  test('a server that speaks first and is none of HTTP/2', () => {
    const { unobserved } = observe([server('\0\0\0\x0a'), client('hello there'), ...HANG_UP])
    expect(unobserved).toEqual({ not_http: 1 })
  })

  test('a thousand references to one large entry are one head that is too large', () => {
    const value = 'v'.repeat(120)
    const large = bytes('\x40\x03abc', String.fromCharCode(value.length), value)
    const bomb = frame(TYPE.HEADERS, 5, 1, bytes(large, '\xbe'.repeat(7000)))
    const { exchanges, unobserved } = observe([...START, client(bomb, get(3)), server(ok(3)), ...HANG_UP])
    expect(unobserved).toEqual({ head_too_large: 1 })
    expect(exchanges).toHaveLength(1)
  })

  test('more streams than the limit are counted one by one, the others are observed', () => {
    const ids = Array.from({ length: 15 }, (_, index) => 2 * index + 1)
    const { exchanges, unobserved } = observe(
      [
        ...START,
        client(...ids.map((id) => get(id, `/${id}`))),
        server(...ids.map((id) => ok(id))),
        client(get(99)),
        server(ok(99)),
      ],
      undefined,
      { limits: { ...LIMITS, inFlight: 10 } },
    )
    expect(exchanges.map(({ target }) => target)).toEqual([...ids.slice(0, 10).map((id) => `/${id}`), '/a'])
    expect(unobserved).toEqual({ too_many_requests: 5 })
  })

  test('heads are held against the memory of all copies', () => {
    const ids = Array.from({ length: 20 }, (_, index) => 2 * index + 1)
    const player = new Player({ limits: { ...LIMITS, copyBytes: 1000 } })
    player.play([OPEN, ...START, client(...ids.map((id) => get(id)))])
    expect(player.unobserved.copy_memory).toBeGreaterThan(5)
    expect(player.observer.copyBytes).toBeLessThanOrEqual(1000)
    player.play([CLOSE])
    expect(player.exchanges.length + (player.unobserved.copy_memory ?? 0)).toBe(20)
    expect(player.observer.copyBytes).toBe(0)
  })
})

describe('holes', () => {
  test('inside a frame of data cut the copy only', () => {
    const whole = data(1, 'abcdefgh')
    const steps: Step[] = [
      ...START,
      client(get(1)),
      server(headers(1, { ':status': '200' }, false), whole.subarray(0, 11)),
      { lostServer: 4 },
      server(whole.subarray(15)),
      client(get(3)),
      server(ok(3)),
    ]
    const { exchanges, unobserved } = observe(steps)
    expect(exchanges[0]?.response).toMatchObject({ body: 'ab', bodyBytes: 8, truncated: true })
    expect(exchanges[1]?.response).toMatchObject({ body: 'ok', truncated: false })
    expect(unobserved).toEqual({})
  })

  test('beyond the end of a frame of data end the observation of the connection', () => {
    const steps: Step[] = [
      ...START,
      client(get(1)),
      server(headers(1, { ':status': '200' }, false), data(1, 'abcdefgh').subarray(0, 11)),
      { lostServer: 7 },
      server(data(1, 'more')),
      ...HANG_UP,
    ]
    expect(observe(steps)).toMatchObject({ exchanges: [], unobserved: { hole: 1 } })
  })

  test('anywhere else end the observation of the connection', () => {
    const steps: Step[] = [
      ...START,
      client(get(1), get(3)),
      { lostServer: 3 },
      server(ok(1)),
      client(get(5)),
      server(ok(5)),
      ...HANG_UP,
    ]
    const { exchanges, unobserved, idle } = observe(steps)
    expect(exchanges).toEqual([])
    expect(unobserved).toEqual({ hole: 2 })
    expect(idle.at(-1)).toBe(false)
  })
})

describe('upstream unreachable', () => {
  test.each<[string, Step[], string[]]>([
    [
      'with a request in flight',
      [...START, client(get(1)), { event: 'unreachable' }, CLOSE],
      ['GET /a 503 upstream_unreachable ||'],
    ],
    [
      'before its requests',
      [client(PREFACE, settings()), { event: 'unreachable' }, client(get(1), get(3, '/b')), CLOSE],
      ['GET /a 503 upstream_unreachable ||', 'GET /b 503 upstream_unreachable ||'],
    ],
    [
      'without a request',
      [client(PREFACE, settings()), { event: 'unreachable' }, CLOSE],
      ['  503 upstream_unreachable ||'],
    ],
    [
      'before the preface',
      [{ event: 'unreachable' }, client(PREFACE, settings(), get(1)), CLOSE],
      ['GET /a 503 upstream_unreachable ||'],
    ],
  ])('%s', (_, steps, expected) => {
    const player = new Player().play([OPEN, ...steps])
    expect(player.exchanges.map(line)).toEqual(expected)
    expect(player.observer.inFlight).toBe(0)
  })
})

describe('upgrade to h2c', () => {
  const upgrade = (fields = ''): Step =>
    client(
      `POST /up HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: ${settings([1, 0]).subarray(9).toString('base64url')}\r\n${fields}Content-Length: 2\r\n\r\nhi`,
    )
  const accept = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'

  test('answers the request as stream 1, and goes on', () => {
    const steps = [
      upgrade(),
      server(accept, settings()),
      client(PREFACE, settings()),
      server(ok(1, 'first')),
      client(get(3)),
      server(ok(3)),
      ...HANG_UP,
    ]
    const { exchanges, unobserved } = observeInAnyPieces(steps)
    expect(exchanges.map(line)).toEqual(['POST /up 200 success |hi|first', 'GET /a 200 success ||ok'])
    expect(exchanges[0]).toMatchObject({
      wireProtocol: 'http/2',
      request: { firstByteMs: 2, lastByteMs: 2, truncated: false },
      endedMs: 5,
    })
    expect(unobserved).toEqual({})
  })

  test('keeps what the request said, its settings included', () => {
    const seen: unknown[] = []
    observe([upgrade('X-A: b\r\n'), server(accept, settings(), ok(1))], undefined, {
      onExchange: ({ request }) =>
        seen.push(request.header('x-a'), request.header('host'), request.header(':method')),
    })
    expect(seen).toEqual(['b', 'x', 'POST'])
  })
})

test('a response without a length can be followed as it arrives', () => {
  const events: string[] = []
  const follower: BodyObserver = {
    data: (part, start, end) => events.push(Buffer.from(part.subarray(start, end)).toString()),
  }
  const asked: unknown[] = []
  const steps = [
    ...START,
    client(get(1), get(3)),
    server(
      headers(1, { ':status': '200', 'content-type': 'text/event-stream' }, false),
      data(1, 'one', false),
    ),
    server(data(1, 'two')),
    server(headers(3, { ':status': '200', 'content-length': '2' }, false), data(3, 'ok')),
  ]
  observe(steps, undefined, {
    onStreamedResponse: (exchange) => {
      asked.push(exchange.response.header('content-type'))
      return follower
    },
  })
  expect(asked).toEqual(['text/event-stream'])
  expect(events).toEqual(['one', 'two'])
})
