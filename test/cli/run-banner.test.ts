import { expect, test } from 'vitest'
import { captureOptions } from '../../src/capture/options.ts'
import { runBanner } from '../../src/cli/run-banner.ts'
import { parseAddress } from '../../src/lib/address.ts'
import { version } from '../../src/lib/version.ts'
import { runModeltap } from '../support/modeltap.ts'

const address = (text: string) => {
  const parsed = parseAddress(text)
  if (parsed === undefined) throw new Error(text)
  return parsed
}
const idle = captureOptions.parse({})

test('where clients go, what to open, where Prometheus goes: addresses that work on this machine', () => {
  const banner = runBanner({
    config: {
      upstream: address('127.0.0.1:8080'),
      listeners: [{ listen: address('0.0.0.0:0'), upstream: address('127.0.0.1:8081') }],
      capture: idle,
    },
    app: {
      dataAddress: address('0.0.0.0:9080'),
      moreDataAddresses: [address('0.0.0.0:9081')],
      adminAddress: address('[::]:9464'),
    },
  })
  expect(banner.split('\n').slice(0, 5)).toEqual([
    `modeltap ${version}`,
    '  clients       http://127.0.0.1:9080   instead of 127.0.0.1:8080',
    '                http://127.0.0.1:9081   instead of 127.0.0.1:8081',
    '  status page   http://[::1]:9464/',
    '  Prometheus    http://[::1]:9464/metrics',
  ])
})

test.each([
  [captureOptions.parse({ ports: [8080, 8081] }), 'stay where they are: packets of port 8080, 8081'],
  [captureOptions.parse({ input: 'stdin' }), 'packets come from standard input'],
  [idle, 'rows come from the configured sources'],
])('clients without a data port', (capture, words) => {
  const app = { dataAddress: undefined, moreDataAddresses: [], adminAddress: address('127.0.0.1:9464') }
  expect(runBanner({ config: { upstream: undefined, listeners: [], capture }, app })).toContain(words)
})

test.each([
  [
    ['--protocol', 'kserv-v1'],
    ['protocol', '"kserv-v1"'],
  ],
  [
    ['--window', '1h', '5m'],
    ['windows', '"5m"'],
  ],
  [
    ['--log-level', 'loud'],
    ['log.level', '"loud"'],
  ],
  [
    ['--features', 'customer'],
    ['selectors.features', 'customer'],
  ],
])('the flags %j are keys of the configuration', async (flags, says) => {
  const finished = await runModeltap(['run', '--upstream', '127.0.0.1:1', ...flags])
  for (const words of says) expect(finished.stderr).toContain(words)
  expect(finished.code).toBe(2)
})
