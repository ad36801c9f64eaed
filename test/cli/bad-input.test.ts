/** Every mistake: the exit code, and a message that names the key, the value and what is allowed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { runModeltap } from '../support/modeltap.ts'

const directory = mkdtempSync(join(tmpdir(), 'modeltap-test-'))
afterAll(() => rmSync(directory, { recursive: true }))

let files = 0
function file(content: string, ending: string): string {
  const path = join(directory, `${(files += 1)}.${ending}`)
  writeFileSync(path, content)
  return path
}

const UPSTREAM = ['--upstream', '127.0.0.1:1', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0']

interface Mistake {
  readonly name: string
  readonly args: () => readonly string[]
  readonly environment?: Record<string, string>
  readonly code?: number
  readonly says: readonly string[]
}

const config = (yaml: string) => () => ['run', ...UPSTREAM, '--config', file(yaml, 'yaml')]

const column = (over: object): string =>
  JSON.stringify({
    format: 'modeltap-baseline',
    formatVersion: 1,
    model: '',
    version: '',
    source: 'test',
    created: '2026-01-01T00:00:00.000Z',
    rows: 1000,
    columns: [
      {
        role: 'feature',
        name: 'age',
        kind: 'numeric',
        missing: 0,
        overdispersion: 1,
        min: 0,
        max: 9,
        mean: 4,
        standardDeviation: 2,
        nan: false,
        infinity: false,
        edges: [5, 3],
        shares: [0.3, 0.3, 0.4],
        digest: { means: [1, 2], counts: [500, 500] },
      },
    ],
    ...over,
  })

const withBaseline = (content: string) => () => ['run', ...UPSTREAM, '--baseline', file(content, 'json')]

/** A line that repeats the one before it ten times. */
const unfold = (line: string, index: number): string => {
  const before = String.fromCharCode('a'.charCodeAt(0) + index - 1)
  return index === 0 ? line : `${line}: &${line} [${Array(10).fill(`*${before}`).join(', ')}]`
}

const mistakes: readonly Mistake[] = [
  { name: 'no command that exists', args: () => ['rnu'], says: ["'rnu'", 'run'] },
  { name: 'an unknown flag', args: () => ['run', '--upsteam', 'x'], says: ['--upsteam', '--upstream'] },
  { name: 'no upstream', args: () => ['run'], says: ['upstream', '--upstream 127.0.0.1:8080'] },
  {
    name: 'an address that is none',
    args: () => ['run', '--upstream', 'x'],
    says: ['upstream', '"x"', '127.0.0.1:8080'],
  },
  {
    name: 'an upstream that is modeltap itself',
    args: () => ['run', '--upstream', '127.0.0.1:9080'],
    says: ['upstream', '"127.0.0.1:9080"', '0.0.0.0:9080', '--listen'],
  },
  {
    name: 'an unknown key',
    args: config('drfit: {}'),
    says: ['drfit', 'unknown key', 'Did you mean "drift"?'],
  },
  {
    name: 'an unknown key inside a group',
    args: config('limits: { feature: 3 }'),
    says: ['limits.feature', 'features'],
  },
  {
    name: 'a wrong type',
    args: config('limits: { features: many }'),
    says: ['limits.features', '"many"', 'a number'],
  },
  {
    name: 'a word that is not allowed',
    args: config('drift: { statistics: [pzi] }'),
    says: ['drift.statistics.0', '"pzi"', 'psi'],
  },
  { name: 'windows that do not grow', args: config('windows: [1h, 5m]'), says: ['windows', '"5m"', '1h'] },
  { name: 'a window of no length', args: config('windows: [0s]'), says: ['windows.0', '"0s"', 'duration'] },
  {
    name: 'free-form JSON without a selector',
    args: config('protocol: freeform'),
    says: ['selectors', 'freeform', 'selectors.features', 'protocol: guess'],
  },
  { name: 'a broken YAML file', args: config('a: [1'), says: ['not valid YAML'] },
  {
    name: 'YAML aliases that unfold without end',
    args: config(['a: &a [x]', ...'bcdefghi'].map(unfold).join('\n')),
    says: ['not valid YAML', 'alias'],
  },
  { name: 'a list as configuration', args: config('- 1'), says: ['a list'] },
  {
    name: 'a configuration that is not there',
    args: () => ['run', '--config', '/nowhere/modeltap.yaml'],
    says: ['/nowhere/modeltap.yaml', 'cannot be read'],
  },
  {
    name: 'a wrong environment variable',
    args: () => ['run', ...UPSTREAM],
    environment: { MODELTAP_DRIFT_MIN_SAMPLES: 'few' },
    says: ['drift.minSamples', '"few"', 'MODELTAP_DRIFT_MIN_SAMPLES'],
  },
  {
    name: 'a baseline that is not there',
    args: () => ['run', ...UPSTREAM, '--baseline', '/nowhere/b.json'],
    says: ['/nowhere/b.json', 'baseline.file', 'leave it out'],
  },
  { name: 'a baseline that is no JSON', args: withBaseline('{'), says: ['JSON', 'baseline build'] },
  {
    name: 'a baseline of another version',
    args: withBaseline(column({ formatVersion: 9 })),
    says: ['formatVersion', '9', '1'],
  },
  { name: 'a baseline with edges out of order', args: withBaseline(column({})), says: ['edges', '3', '5'] },
  {
    name: 'all mistakes at once',
    args: config('windows: []\ndrift: { minSamples: 0 }'),
    says: ['windows', 'drift.minSamples'],
  },
]

test.for(mistakes)('$name', async ({ args, environment, code = 2, says }) => {
  const finished = await runModeltap(args(), environment)
  for (const words of says) expect(finished.stderr).toContain(words)
  expect(finished.stderr).not.toMatch(/^\s+at /m)
  expect(finished.code).toBe(code)
})

test.for([
  { name: 'a token that is too short', yaml: 'admin: { token: hunter2 }', says: 'admin.token' },
  {
    name: 'an address with a password',
    yaml: 'otlp: { endpoint: "ftp://user:hunter2@host" }',
    says: 'is not a URL',
  },
  { name: 'a header that is no text', yaml: 'otlp: { headers: { authorization: [hunter2] } }', says: 'otlp' },
  { name: 'YAML that breaks beside a token', yaml: 'admin: { token: hunter2', says: 'line 1' },
])('no message repeats a secret: $name', async ({ yaml, says }) => {
  const finished = await runModeltap(['check-config', file(yaml, 'yaml')])
  expect(finished.code).toBe(2)
  expect(finished.stderr).toContain(says)
  expect(finished.stderr).not.toContain('hunter2')
})

test.for(['--listen', '--admin'])('a port in use (%s) ends with 1 and names the port', async (flag) => {
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
  const address = `127.0.0.1:${(holder.address() as AddressInfo).port}`
  const other = flag === '--listen' ? '--admin' : '--listen'
  const finished = await runModeltap([
    'run',
    '--upstream',
    '127.0.0.1:1',
    flag,
    address,
    other,
    '127.0.0.1:0',
  ])
  holder.close()
  expect(finished.stderr).toContain(address)
  expect(finished.stderr).toContain('LISTEN_FAILED')
  expect(finished.code).toBe(1)
})

test('check-config prints the whole configuration, as a file would have it and without secrets', async () => {
  const yaml = [
    'upstream: "[::1]:8080"',
    'windows: [90s]',
    'drift: { falseAlarms: 2 per 7d }',
    'limits: { bodyBytes: 1500kB }',
    'admin: { token: hunter2hunter2hunter2hunter2 }',
    'otlp: { endpoint: "http://user:hunter2@collector/v1/metrics", headers: { authorization: hunter2 } }',
  ].join('\n')
  const finished = await runModeltap(['check-config', file(yaml, 'yaml')])
  expect(finished).toMatchObject({ code: 0, stderr: '' })
  const shown = finished.stdout.slice(
    finished.stdout.indexOf('listen:'),
    finished.stdout.indexOf('\n\nSeries'),
  )
  expect(parse(shown)).toMatchObject({
    upstream: '[::1]:8080',
    windows: ['1m30s'],
    drift: { minSamples: 200, falseAlarms: '2 per 7d' },
    limits: { bodyBytes: 1_500_000, headerBytes: '64KiB' },
    otlp: { endpoint: 'http://(hidden)@collector/v1/metrics', headers: { authorization: '(hidden)' } },
  })
  expect(finished.stdout).not.toContain('hunter2')
  // What it prints is a configuration again.
  const again = await runModeltap([
    'check-config',
    file(shown.replaceAll('(hidden)', 'x'.repeat(32)), 'yaml'),
  ])
  expect(again).toMatchObject({ code: 0, stderr: '' })
})
