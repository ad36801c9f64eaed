import type { UnobservedReason } from '../../src/observe/unobserved.ts'
import { CLOSE, HANG_UP, type Step } from './script.ts'

/** `METHOD target status outcome request-body response-body`, bodies after `|`. */
export interface Case {
  readonly name: string
  readonly steps: readonly Step[]
  readonly exchanges: readonly string[]
  readonly unobserved?: Partial<Record<UnobservedReason, number>>
}

const GET = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n'
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const client = (text: string): Step => ({ client: text })
const server = (text: string): Step => ({ server: text })
const post = (fields: string, body: string): Step =>
  client(`POST /p HTTP/1.1\r\nHost: x\r\n${fields}\r\n\r\n${body}`)
const answer = (fields: string, body: string, status = '200 OK'): Step =>
  server(`HTTP/1.1 ${status}\r\n${fields}\r\n\r\n${body}`)
const SERVER_CLOSES: readonly Step[] = [{ event: 'server-end' }, { event: 'client-end' }, CLOSE]

/** Every way in which RFC 9112 delimits messages. */
export const framingCases: readonly Case[] = [
  {
    name: 'Content-Length',
    steps: [post('Content-Length: 3', 'abc'), server(OK)],
    exchanges: ['POST /p 200 success |abc|ok'],
  },
  {
    name: 'keep-alive',
    steps: [client(GET), server(OK), client(GET), server(OK), ...HANG_UP],
    exchanges: ['GET /a 200 success ||ok', 'GET /a 200 success ||ok'],
  },
  {
    name: 'chunked both ways, with extensions and trailers',
    steps: [
      post(
        'Transfer-Encoding: chunked',
        '3;name="v;w"\r\nabc\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n',
      ),
      answer('transfer-encoding: Chunked', '2\r\nok\r\n0;last\r\n\r\n'),
      client(GET),
      server(OK),
    ],
    exchanges: ['POST /p 200 success |abc0123456789|ok', 'GET /a 200 success ||ok'],
  },
  {
    name: 'gzip, chunked',
    steps: [client(GET), answer('Transfer-Encoding: gzip, chunked', '1\r\nz\r\n0\r\n\r\n')],
    exchanges: ['GET /a 200 success ||z'],
  },
  {
    name: 'empty bodies',
    steps: [
      post('Content-Length: 0', ''),
      answer('Content-Length: 0', ''),
      client(GET),
      answer('Transfer-Encoding: chunked', '0\r\n\r\n'),
    ],
    exchanges: ['POST /p 200 success ||', 'GET /a 200 success ||'],
  },
  {
    name: 'pipelining',
    steps: [
      client(`${GET}POST /b HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /c HTTP/1.1\r\n\r\n`),
      server(`${OK}HTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\nnHTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n`),
    ],
    exchanges: ['GET /a 200 success ||ok', 'POST /b 404 client_error |hi|n', 'GET /c 500 server_error ||'],
  },
  {
    name: 'HEAD has a length and no body',
    steps: [client('HEAD /h HTTP/1.1\r\n\r\n'), answer('Content-Length: 500', ''), client(GET), server(OK)],
    exchanges: ['HEAD /h 200 success ||', 'GET /a 200 success ||ok'],
  },
  {
    name: 'HEAD with chunked',
    steps: [
      client('HEAD /h HTTP/1.1\r\n\r\n'),
      answer('Transfer-Encoding: chunked', ''),
      client(GET),
      server(OK),
    ],
    exchanges: ['HEAD /h 200 success ||', 'GET /a 200 success ||ok'],
  },
  {
    name: '204 and 304 have no body',
    steps: [
      client(GET),
      server('HTTP/1.1 204 No Content\r\n\r\n'),
      client(GET),
      answer('Content-Length: 9\r\nETag: "x"', '', '304 Not Modified'),
      client(GET),
      server(OK),
    ],
    exchanges: ['GET /a 204 success ||', 'GET /a 304 success ||', 'GET /a 200 success ||ok'],
  },
  {
    name: '100-continue',
    steps: [
      post('Expect: 100-continue\r\nContent-Length: 3', ''),
      server('HTTP/1.1 100 Continue\r\n\r\n'),
      client('abc'),
      server(OK),
    ],
    exchanges: ['POST /p 200 success |abc|ok'],
  },
  {
    name: '103 early hints twice',
    steps: [
      client(GET),
      server('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n'),
      server(OK),
    ],
    exchanges: ['GET /a 200 success ||ok'],
  },
  {
    name: 'a body until the close',
    steps: [client(GET), answer('Connection: close', 'until '), server('the end'), ...SERVER_CLOSES],
    exchanges: ['GET /a 200 success ||until the end'],
  },
  {
    name: 'a body until the close behind a client half-close',
    steps: [
      client(GET),
      { event: 'client-end' },
      answer('Connection: close', 'all'),
      { event: 'server-end' },
      CLOSE,
    ],
    exchanges: ['GET /a 200 success ||all'],
  },
  {
    name: 'HTTP/1.0',
    steps: [client('GET /old HTTP/1.0\r\n\r\n'), server('HTTP/1.0 200 OK\r\n\r\nbody'), ...SERVER_CLOSES],
    exchanges: ['GET /old 200 success ||body'],
  },
  {
    name: 'HTTP/1.0 keep-alive',
    steps: [
      client('GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'),
      server('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na'),
      client('GET /old HTTP/1.0\r\n\r\n'),
      server('HTTP/1.0 200 OK\r\n\r\nb'),
      ...SERVER_CLOSES,
    ],
    exchanges: ['GET /old 200 success ||a', 'GET /old 200 success ||b'],
  },
  {
    name: 'a response before the request has ended',
    steps: [
      post('Content-Length: 6', 'abc'),
      answer('Content-Length: 3', 'big', '413 Too Large'),
      client('def'),
      client(GET),
      server(OK),
    ],
    exchanges: ['POST /p 413 client_error |abcdef|big', 'GET /a 200 success ||ok'],
  },
  {
    name: 'empty lines before a request',
    steps: [client(`\r\n${GET}`), server(OK), client(`\r\n\r\n${GET}`), server(OK)],
    exchanges: ['GET /a 200 success ||ok', 'GET /a 200 success ||ok'],
  },
  {
    name: 'a status line without a reason',
    steps: [
      client(GET),
      server('HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n'),
      client(GET),
      server('HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n'),
    ],
    exchanges: ['GET /a 200 success ||', 'GET /a 200 success ||'],
  },
  {
    name: 'an unusual method, an absolute target',
    steps: [client('M-SEARCH http://x/a?b=c HTTP/1.1\r\n\r\n'), server(OK)],
    exchanges: ['M-SEARCH http://x/a?b=c 200 success ||ok'],
  },
  {
    name: 'bytes that are no text in a field',
    steps: [client('GET /\xe9 HTTP/1.1\r\nX: \xff\xfe\t \r\n\r\n'), server(OK)],
    exchanges: ['GET /\xe9 200 success ||ok'],
  },
  {
    name: 'upgrade to another protocol',
    steps: [
      client('GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
      server('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi'),
      client(GET),
      server(OK),
      ...HANG_UP,
    ],
    exchanges: ['GET /ws 101 success ||'],
    unobserved: { upgrade: 1 },
  },
  {
    name: 'an upgrade that the server ignores',
    steps: [
      post('Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 1', 'a'),
      server(OK),
      client(GET),
      server(OK),
    ],
    exchanges: ['POST /p 200 success |a|ok', 'GET /a 200 success ||ok'],
  },
  {
    name: 'CONNECT',
    steps: [
      client('CONNECT h:1 HTTP/1.1\r\n\r\n'),
      server('HTTP/1.1 200 OK\r\n\r\n'),
      client('\x16\x03'),
      server('x'),
      ...HANG_UP,
    ],
    exchanges: ['CONNECT h:1 200 success ||'],
    unobserved: { connect: 1 },
  },
  {
    name: 'CONNECT refused',
    steps: [
      client('CONNECT h:1 HTTP/1.1\r\n\r\n'),
      answer('Content-Length: 2', 'no', '405 No'),
      client(GET),
      server(OK),
    ],
    exchanges: ['CONNECT h:1 405 client_error ||no', 'GET /a 200 success ||ok'],
  },
]

/** Who ended it, and what the exchange is then. */
export const endingCases: readonly Case[] = [
  {
    name: 'the client goes away before any answer',
    steps: [client(GET), ...HANG_UP],
    exchanges: ['GET /a 0 aborted ||'],
  },
  {
    name: 'the client resets inside the response',
    steps: [client(GET), answer('Content-Length: 9', 'part'), { event: 'client-reset' }, CLOSE],
    exchanges: ['GET /a 200 aborted ||part'],
  },
  {
    name: 'the client resets inside its request',
    steps: [post('Content-Length: 9', 'part'), { event: 'client-reset' }, CLOSE],
    exchanges: ['POST /p 0 aborted |part|'],
  },
  {
    name: 'the client goes while a response until the close runs',
    steps: [client(GET), answer('X: y', 'part'), { event: 'client-reset' }, { event: 'server-end' }, CLOSE],
    exchanges: ['GET /a 200 aborted ||part'],
  },
  {
    name: 'a client half-close and a normal response',
    steps: [client(GET), { event: 'client-end' }, server(OK), { event: 'server-end' }, CLOSE],
    exchanges: ['GET /a 200 success ||ok'],
  },
  {
    name: 'the server ends without an answer',
    steps: [client(GET), ...SERVER_CLOSES],
    exchanges: ['GET /a 0 upstream_closed ||'],
  },
  {
    name: 'the server ends inside its response',
    steps: [client(GET), answer('Content-Length: 9', 'part'), ...SERVER_CLOSES],
    exchanges: ['GET /a 200 upstream_closed ||part'],
  },
  {
    name: 'the server ends inside a chunk',
    steps: [client(GET), answer('Transfer-Encoding: chunked', '9\r\npart'), ...SERVER_CLOSES],
    exchanges: ['GET /a 200 upstream_closed ||part'],
  },
  {
    name: 'the server resets inside a body until the close',
    steps: [client(GET), answer('X: y', 'part'), { event: 'server-reset' }, CLOSE],
    exchanges: ['GET /a 200 upstream_closed ||part'],
  },
  {
    name: 'the server ends with pipelined requests unanswered',
    steps: [client(GET + GET), server(OK), ...SERVER_CLOSES],
    exchanges: ['GET /a 200 success ||ok', 'GET /a 0 upstream_closed ||'],
  },
  {
    name: 'the server answers early and ends',
    steps: [post('Content-Length: 9', 'part'), server(OK), ...SERVER_CLOSES],
    exchanges: ['POST /p 200 success |part|ok'],
  },
  {
    name: 'a request on a connection that the server has ended',
    steps: [
      client(GET),
      server(OK),
      { event: 'server-end' },
      client(GET),
      { event: 'client-end' },
      { event: 'server-reset' },
      CLOSE,
    ],
    exchanges: ['GET /a 200 success ||ok', 'GET /a 0 upstream_closed ||'],
  },
  {
    name: 'only the close was seen',
    steps: [client(GET), CLOSE],
    exchanges: ['GET /a 0 upstream_closed ||'],
  },
  {
    name: 'upstream unreachable, request first',
    steps: [client(GET), { event: 'unreachable' }, server('HTTP/1.1 503 x\r\n\r\n'), ...SERVER_CLOSES],
    exchanges: ['GET /a 503 upstream_unreachable ||'],
  },
  {
    name: 'upstream unreachable, request later',
    steps: [{ event: 'unreachable' }, post('Content-Length: 4', 'abcd'), ...SERVER_CLOSES],
    exchanges: ['POST /p 503 upstream_unreachable ||'],
  },
  {
    name: 'upstream unreachable in the middle of a body',
    steps: [post('Content-Length: 4', 'ab'), { event: 'unreachable' }, client('cd'), ...SERVER_CLOSES],
    exchanges: ['POST /p 503 upstream_unreachable |ab|'],
  },
  {
    name: 'upstream unreachable, no request',
    steps: [{ event: 'unreachable' }, ...HANG_UP],
    exchanges: ['  503 upstream_unreachable ||'],
  },
  {
    name: 'a head cut short',
    steps: [client(GET), server(OK), client('GET /b HT'), ...HANG_UP],
    exchanges: ['GET /a 200 success ||ok'],
    unobserved: { incomplete_request: 1 },
  },
  { name: 'nothing at all', steps: [...HANG_UP], exchanges: [] },
]

const hostileRequest = (name: string, head: string, reason: UnobservedReason): Case => ({
  name,
  // What follows must not be taken for an exchange, however it looks.
  steps: [client(head), server(OK), client(GET), server(OK), ...HANG_UP],
  exchanges: [],
  unobserved: { [reason]: 1 },
})

const hostileResponse = (name: string, response: string, reason: UnobservedReason): Case => ({
  name: `response: ${name}`,
  steps: [client(GET), server(response), client(GET), server(OK), ...HANG_UP],
  exchanges: [],
  unobserved: { [reason]: 1 },
})

const request = (fields: string, body = ''): string => `POST /p HTTP/1.1\r\n${fields}\r\n\r\n${body}`
const chunked = (body: string): string => request('Transfer-Encoding: chunked', body)

/** Request smuggling forms and other grammar that readers disagree on. */
export const hostileCases: readonly Case[] = [
  hostileRequest(
    'both Content-Length and Transfer-Encoding',
    request('Content-Length: 3\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
    'ambiguous',
  ),
  hostileRequest(
    'both, the other way round',
    request('Transfer-Encoding: chunked\r\nContent-Length: 3', '0\r\n\r\n'),
    'ambiguous',
  ),
  hostileRequest('two lengths', request('Content-Length: 3\r\nContent-Length: 4'), 'ambiguous'),
  hostileRequest('two equal lengths', request('Content-Length: 3\r\nContent-Length: 3'), 'ambiguous'),
  hostileRequest('a list of lengths', request('Content-Length: 3, 3'), 'ambiguous'),
  hostileRequest('a signed length', request('Content-Length: +3'), 'ambiguous'),
  hostileRequest('a hexadecimal length', request('Content-Length: 0x3'), 'ambiguous'),
  hostileRequest('an empty length', request('Content-Length:'), 'ambiguous'),
  hostileRequest('an immense length', request(`Content-Length: ${'9'.repeat(16)}`), 'ambiguous'),
  hostileRequest('a length with a blank in it', request('Content-Length: 1 2'), 'ambiguous'),
  hostileRequest('an unknown transfer coding', request('Transfer-Encoding: xchunked'), 'ambiguous'),
  hostileRequest('chunked not last', request('Transfer-Encoding: chunked, gzip'), 'ambiguous'),
  hostileRequest('chunked twice', request('Transfer-Encoding: chunked, chunked'), 'ambiguous'),
  hostileRequest(
    'two Transfer-Encoding lines',
    request('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'),
    'ambiguous',
  ),
  hostileRequest(
    'Transfer-Encoding in HTTP/1.0',
    'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n',
    'ambiguous',
  ),
  hostileRequest('white space before the colon', request('Content-Length : 3'), 'ambiguous'),
  hostileRequest('a tab before the colon', request('Transfer-Encoding\t: chunked'), 'ambiguous'),
  hostileRequest('a folded field', request('X: a\r\n Content-Length: 3'), 'ambiguous'),
  hostileRequest('a folded first field', request(' X: a'), 'ambiguous'),
  hostileRequest('a bare LF', request('X: a\nContent-Length: 3'), 'ambiguous'),
  hostileRequest('a bare CR', request('X: a\rContent-Length: 3'), 'ambiguous'),
  hostileRequest('a bare CR before CRLF', request('X: a\r'), 'ambiguous'),
  hostileRequest('a NUL', request('X: a\0b'), 'ambiguous'),
  hostileRequest('a chunk size that is none', chunked('g\r\n'), 'ambiguous'),
  hostileRequest('an empty chunk size', chunked('\r\n'), 'ambiguous'),
  hostileRequest('a signed chunk size', chunked('-1\r\n'), 'ambiguous'),
  hostileRequest('a prefixed chunk size', chunked('0x1\r\na\r\n'), 'ambiguous'),
  hostileRequest('an immense chunk size', chunked('FFFFFFFFFFFFFFFF\r\n'), 'ambiguous'),
  hostileRequest('a blank behind the chunk size', chunked('1 \r\na\r\n'), 'ambiguous'),
  hostileRequest('a chunk line ended by a bare LF', chunked('1\na\r\n'), 'ambiguous'),
  hostileRequest('a bare LF in an extension', chunked('1;a\nb\r\n'), 'ambiguous'),
  hostileRequest('chunk data longer than its size', chunked('1\r\nab\r\n'), 'ambiguous'),
  hostileRequest('a bare LF behind chunk data', chunked('1\r\na\n'), 'ambiguous'),
  hostileRequest('a bare LF in trailers', chunked('0\r\nX: a\n\r\n'), 'ambiguous'),
  { ...hostileRequest('a field without a name', request(': a'), 'malformed'), unobserved: { not_http: 1 } },
  { ...hostileRequest('a field without a colon', request('abc'), 'malformed'), unobserved: { not_http: 1 } },
  {
    name: 'a second request that is none',
    steps: [client(GET), server(OK), client('GET  /a HTTP/1.1\r\n'), client(GET), server(OK)],
    exchanges: ['GET /a 200 success ||ok'],
    unobserved: { malformed: 1 },
  },
  hostileResponse(
    'both lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
    'ambiguous',
  ),
  hostileResponse(
    'two lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n',
    'ambiguous',
  ),
  hostileResponse('a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 3\n\n', 'malformed'),
  hostileResponse('a bare LF in the fields', 'HTTP/1.1 200 OK\r\nContent-Length: 3\n\r\n', 'ambiguous'),
  hostileResponse('a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'malformed'),
  hostileResponse('another protocol', 'ICY 200 OK\r\n\r\n', 'malformed'),
  hostileResponse('a bad chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n', 'ambiguous'),
]

const foreign = (name: string, bytes: string, reason: UnobservedReason = 'not_http'): Case => ({
  name,
  steps: [client(bytes), server('\x00\x01answer'), client(GET), server(OK), ...HANG_UP],
  exchanges: [],
  unobserved: { [reason]: 1 },
})

/** What else is spoken on a port. */
export const foreignCases: readonly Case[] = [
  foreign('TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'tls'),
  foreign('SSH', 'SSH-2.0-OpenSSH_9.9\r\n'),
  foreign('PostgreSQL', '\x00\x00\x00\x08\x04\xd2\x16\x2f'),
  foreign('AMQP', 'AMQP\x00\x00\x09\x01'),
  foreign('Redis', '*1\r\n$4\r\nPING\r\n'),
  foreign('HTTP/0.9', 'GET /\r\n'),
  foreign('a version that is none', 'GET / HTTP/3.0\r\n\r\n'),
  foreign('only text', 'hello'),
  {
    name: 'the server speaks first',
    steps: [server('220 mail ESMTP\r\n'), client('EHLO x\r\n'), ...HANG_UP],
    exchanges: [],
    unobserved: { not_http: 1 },
  },
]
