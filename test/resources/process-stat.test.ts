import { expect, test } from 'vitest'
import {
  goesByName,
  parseBootTimeSeconds,
  parseProcessStat,
  parseResidentBytes,
} from '../../src/resources/process-stat.ts'

const tail =
  '(x) S 7 42 42 0 -1 4194560 9000 120 3 0 150 25 700 80 20 0 12 0 987654 1234567890 5000 18446744073709551615'

test('fields of a stat line', () => {
  expect(parseProcessStat(`42 ${tail} 1 1 0 0 0\n`)).toEqual({
    pid: 42,
    parent: 7,
    comm: 'x',
    zombie: false,
    ownTicks: 175,
    waitedTicks: 780,
    threads: 12,
    startTicks: 987_654,
  })
})

test.each([
  ['tritonserver', 'tritonserver'],
  ['my server', 'my server'],
  ['a) S 1 (b', 'a) S 1 (b'],
  [') R 1 1 1', ') R 1 1 1'],
  ['', ''],
  ['näme\n', 'näme\n'],
])('the name %j does not shift the fields', (comm, expected) => {
  const stat = parseProcessStat(`42 ${tail.replace('(x)', `(${comm})`)}`)
  expect(stat).toMatchObject({ comm: expected, parent: 7, startTicks: 987_654 })
})

test('zombies and dead processes are told apart', () => {
  expect(parseProcessStat(`42 ${tail.replace(' S ', ' Z ')}`)?.zombie).toBe(true)
  expect(parseProcessStat(`42 ${tail.replace(' S ', ' X ')}`)?.zombie).toBe(true)
})

test.each(['', '42', '42 (x', '42 (x) S 7', 'x (x) S 7 42', `42 ${tail.replace('150', 'many')}`])(
  'no stat line: %j',
  (text) => {
    expect(parseProcessStat(text)).toBeUndefined()
  },
)

test('resident memory, and its absence in kernel threads', () => {
  expect(parseResidentBytes('Name:\tx\nVmHWM:\t  9000 kB\nVmRSS:\t   4321 kB\nRssAnon:\t 1 kB\n')).toBe(
    4321 * 1024,
  )
  expect(parseResidentBytes('Name:\tkthreadd\nThreads:\t1\n')).toBeUndefined()
})

test('time of boot', () => {
  expect(parseBootTimeSeconds('cpu  1 2 3\nintr 5\nctxt 6\nbtime 1700000000\nprocesses 9\n')).toBe(
    1_700_000_000,
  )
  expect(parseBootTimeSeconds('')).toBeUndefined()
})

test.each([
  ['tritonserver', 'tritonserver', '/opt/tritonserver/bin/tritonserver\0--model-repository=/models\0', true],
  ['serve.py', 'python3', 'python3\0-u\0/srv/serve.py\0--port\x008080\0', true],
  // The kernel keeps 15 bytes of a name.
  ['tensorflow_model_server', 'tensorflow_mode', '', true],
  ['serve.py', 'python3', 'python3\0/srv/preserve.py\0', false],
  ['python', 'python3', 'python3\0x\0', false],
  ['x', 'sh', 'sh\0-c\0vi x y\0', false],
])('%s: %s %j → %s', (name, comm, cmdline, expected) => {
  expect(goesByName(name, comm, cmdline)).toBe(expected)
})
