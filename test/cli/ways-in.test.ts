/** The data ports of `modeltap run`: short form, `listeners`, both, and what is refused. */
import { expect, test } from 'vitest'
import { loadFromFlags } from '../../src/cli/configuration.ts'
import { checkWayIn, withFirstListener } from '../../src/cli/ways-in.ts'
import { formatAddress } from '../../src/lib/address.ts'
import { upstreamsOf } from '../../src/splice/upstreams.ts'

const ways = (flags: Parameters<typeof loadFromFlags>[0]) => {
  const config = withFirstListener(loadFromFlags(flags).config)
  checkWayIn(config)
  return {
    listen: [config.listen, ...config.listeners.map(({ listen }) => listen)].map(formatAddress),
    upstream: upstreamsOf(config).map(formatAddress),
  }
}

test('the short form is the first port, and each listener adds one', () => {
  expect(ways({ upstream: '127.0.0.1:8080', listener: ['0.0.0.0:9081=127.0.0.1:8081'] })).toEqual({
    listen: ['0.0.0.0:9080', '0.0.0.0:9081'],
    upstream: ['127.0.0.1:8080', '127.0.0.1:8081'],
  })
})

test('without the short form the first listener takes its place', () => {
  expect(
    ways({ listener: ['127.0.0.1:9000=unix:/run/model.sock', 'unix:/run/tap.sock=127.0.0.1:8081'] }),
  ).toEqual({
    listen: ['127.0.0.1:9000', 'unix:/run/tap.sock'],
    upstream: ['unix:/run/model.sock', '127.0.0.1:8081'],
  })
})

test.each([
  [['0.0.0.0:9081'], 'listeners.0.upstream'],
  [['9081=8081'], '"9081" is not an address'],
  [['0.0.0.0:9081=127.0.0.1:9080'], 'is the address that modeltap itself listens on (0.0.0.0:9080)'],
  [['0.0.0.0:9081=127.0.0.1:9081'], 'is the address that modeltap itself listens on (0.0.0.0:9081)'],
  [['0.0.0.0:9080=127.0.0.1:8081'], '0.0.0.0:9080 is the data port of two entries'],
])('refuses --listener %s', (listener, message) => {
  expect(() => ways({ upstream: '127.0.0.1:8080', listener })).toThrow(message)
})
