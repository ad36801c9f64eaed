import fc from 'fast-check'
import { expect, test } from 'vitest'
import { areAllowedHosts } from '../../src/admin-port/hosts.ts'
import { MAX_HEAD_BYTES, parseHead } from '../../src/admin-port/request-head.ts'

const parse = (text: string) => parseHead(Buffer.from(text, 'latin1'))

test('a request is read as far as it has to be', () => {
  const head = 'GET /readyz/?verbose HTTP/1.1\r\nHost: 10.0.0.7:9464\r\nUser-Agent: kube-probe/1.33\r\n\r\n'
  expect(parse(`${head}NEXT`)).toEqual({
    kind: 'request',
    bytes: head.length,
    head: { method: 'GET', path: '/readyz', hosts: ['10.0.0.7:9464'], keepsAlive: true, hasBody: false },
  })
})

test.each([
  [
    'GET http://evil.example/metrics?a=b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
    ['evil.example', '127.0.0.1'],
    '/metrics',
  ],
  ['GET / HTTP/1.1\r\nHost: localhost\r\nhOsT:\tevil.example \r\n\r\n', ['localhost', 'evil.example'], '/'],
  ['GET /healthz HTTP/1.0\r\n\r\n', [], '/healthz'],
])('every host that a request names counts: %j', (text, hosts, path) => {
  expect(parse(text)).toMatchObject({ kind: 'request', head: { hosts, path } })
})

test.each<[string, boolean, boolean]>([
  ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', false, false],
  ['GET / HTTP/1.0\r\n\r\n', false, false],
  ['GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n', true, false],
  ['POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n', true, true],
  ['POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n', true, true],
  ['POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n', true, false],
])('%j', (text, keepsAlive, hasBody) => {
  expect(parse(text)).toMatchObject({ head: { keepsAlive, hasBody } })
})

test.each([
  'hello\r\n\r\n',
  'GET /\r\n\r\n',
  'GET / HTTP/2.0\r\n\r\n',
  'GET / HTTP/1.1\r\nHost localhost\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n',
  'GET / HTTP/1.1\r\nHost : a\r\n\r\n',
  `GET /${'a'.repeat(MAX_HEAD_BYTES)} HTTP/1.1\r\n\r\n`,
  'x'.repeat(MAX_HEAD_BYTES + 1),
])('broken: %.60j', (text) => {
  expect(parse(text)).toEqual({ kind: 'broken' })
})

test('whatever comes, it answers; the beginning of a request is unfinished', () => {
  const whole = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.uint8Array({ maxLength: 200 }), (cut, bytes) => {
      expect(parse(whole.slice(0, cut))).toEqual({ kind: 'unfinished' })
      expect(['unfinished', 'broken', 'request']).toContain(parseHead(Buffer.from(bytes)).kind)
    }),
  )
})

const NAMES = ['model.prod.svc', '*.cluster.local']
test.each([
  ['127.0.0.1'],
  ['127.0.0.1:9464'],
  ['10.2.3.4:30000'],
  ['[::1]:9464'],
  ['[fe80::1]'],
  ['localhost'],
  ['LOCALHOST:8080'],
  ['localhost.'],
  ['model.prod.svc:9464'],
  ['Model.Prod.Svc'],
  ['a.b.cluster.local'],
])('allowed: %s', (host) => {
  expect(areAllowedHosts([host], NAMES)).toBe(true)
})
test.each([
  ['evil.example'],
  ['localhost.evil.example'],
  ['127.0.0.1.evil.example'],
  ['127.0.0.1.nip.io:9464'],
  ['cluster.local'],
  ['evilcluster.local'],
  ['model'],
  [''],
  ['user@127.0.0.1'],
  ['127.0.0.1, evil.example'],
  ['localhost:9464:1'],
])('not allowed: %j', (host) => {
  expect(areAllowedHosts([host], NAMES)).toBe(false)
  expect(areAllowedHosts(['127.0.0.1', host], NAMES)).toBe(false)
})
