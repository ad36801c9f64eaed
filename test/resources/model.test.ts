import { afterEach, beforeEach, expect, test } from 'vitest'
import { ModelSampler } from '../../src/resources/model.ts'
import { FakeProc, tcpLine } from './fake-proc.ts'

const OWN_PID = 900
const PORT = 8080
const listening = tcpLine(PORT, 'listen', { inode: 5551, uid: 0 })

let proc: FakeProc
beforeEach(() => {
  proc = new FakeProc()
  proc.put({ pid: 1, parent: 0, comm: 'init' })
  proc.put({ pid: OWN_PID, parent: 1, comm: 'node' })
})
afterEach(() => proc.remove())

function sampler(options: { pid?: number; name?: string; host?: string } = {}): ModelSampler {
  return new ModelSampler({
    files: proc.files,
    upstreams: [{ kind: 'tcp', host: options.host ?? '127.0.0.1', port: PORT }],
    pid: options.pid,
    name: options.name,
    ownPid: OWN_PID,
  })
}

test('the listening process and its descendants', () => {
  proc.tcp(
    listening + tcpLine(PORT, 'established') + tcpLine(PORT, 'established') + tcpLine(5432, 'established'),
  )
  proc.put({
    pid: 10,
    parent: 1,
    comm: 'master',
    ticks: 100,
    startTicks: 500,
    sockets: [7, 5551],
    threads: 3,
  })
  proc.put({ pid: 11, parent: 10, ticks: 50, waitedTicks: 25, sockets: [5551], residentKibibytes: 2000 })
  proc.put({ pid: 12, parent: 11, ticks: 5, threads: 4 })
  proc.put({ pid: 20, parent: 1, comm: 'other', ticks: 10_000 })
  const { resources, pids } = sampler().sample()
  expect(resources).toEqual({
    up: true,
    source: 'proc',
    cpuSecondsTotal: 1.8,
    restartsTotal: 0,
    memoryBytes: 4000 * 1024,
    processes: 3,
    threads: 8,
    openConnections: 2,
    startTimeSeconds: 1_700_000_005,
    gpuMemory: [],
  })
  expect([...pids].sort()).toEqual([10, 11, 12])
})

test('the start is told on a machine whose /proc/stat is long', () => {
  const cores = Array.from(
    { length: 400 },
    (_, core) => `cpu${core} 1 2 3 4 5 6 7 8 9 10 ${'0'.repeat(60)}\n`,
  )
  proc.write('stat', `cpu  1 2 3\n${cores.join('')}btime 1700000000\n`)
  proc.tcp(listening)
  proc.put({ pid: 10, parent: 1, sockets: [5551], startTicks: 500 })
  expect(sampler().sample().resources.startTimeSeconds).toBe(1_700_000_005)
})

test('a restart is counted, and the CPU time goes on from where it was', () => {
  proc.tcp(listening)
  proc.put({ pid: 10, parent: 1, ticks: 700, sockets: [5551] })
  const model = sampler()
  expect(model.sample().resources).toMatchObject({ cpuSecondsTotal: 7, restartsTotal: 0 })
  proc.end(10)
  proc.tcp('')
  expect(model.sample().resources).toEqual({
    up: false,
    source: 'none',
    failure: 'not-listening',
    cpuSecondsTotal: 7,
    restartsTotal: 0,
    gpuMemory: [],
  })
  proc.tcp(tcpLine(PORT, 'listen', { inode: 6000 }))
  proc.put({ pid: 30, parent: 1, ticks: 50, sockets: [6000] })
  expect(model.sample().resources).toMatchObject({ up: true, cpuSecondsTotal: 7.5, restartsTotal: 1 })
  // A recycled worker is no restart.
  proc.put({ pid: 31, parent: 30 })
  proc.end(31)
  expect(model.sample().resources).toMatchObject({ restartsTotal: 1 })
})

test('our own process is never the model, though it may hold a socket of that port', () => {
  proc.tcp(listening)
  proc.put({ pid: OWN_PID, parent: 1, comm: 'node', sockets: [5551] })
  expect(sampler().sample().resources).toMatchObject({ up: false, failure: 'owner-hidden' })
})

test.each([
  [{}, '', 'not-listening'],
  [{ host: '192.0.2.7' }, listening, 'remote-upstream'],
  [{ host: 'model.example' }, listening, 'remote-upstream'],
  [{ pid: 77 }, listening, 'pid-gone'],
  [{ name: 'tritonserver' }, listening, 'name-not-found'],
])('%j with %j: %s', (options, tcp, failure) => {
  proc.tcp(tcp)
  expect(sampler(options).sample().resources).toEqual({ up: false, source: 'none', failure, gpuMemory: [] })
})

test('without a /proc', () => {
  proc.remove()
  expect(sampler().sample().resources).toMatchObject({ up: false, failure: 'no-proc' })
})

test('a configured pid or name is enough, wherever the upstream listens', () => {
  proc.put({ pid: 40, parent: 1, comm: 'python3', cmdline: 'python3\0/srv/serve.py\0', ticks: 5 })
  proc.put({ pid: 41, parent: 40, comm: 'python3', cmdline: 'python3\0/srv/serve.py\0', ticks: 7 })
  expect(sampler({ host: '192.0.2.7', pid: 41 }).sample().resources).toMatchObject({ cpuSecondsTotal: 0.07 })
  expect(sampler({ host: '192.0.2.7', name: 'serve.py' }).sample().resources).toMatchObject({
    cpuSecondsTotal: 0.12,
    processes: 2,
  })
})

test('another user’s descriptors are hidden: the socket’s user tells when all of theirs are one family', () => {
  const uid = process.getuid?.() ?? 0
  proc.end(1)
  proc.tcp(tcpLine(PORT, 'listen', { inode: 5551, uid }))
  proc.put({ pid: 10, parent: 0, ticks: 3, sockets: 'hidden' })
  proc.put({ pid: 11, parent: 10, ticks: 4, sockets: 'hidden' })
  expect(sampler().sample().resources).toMatchObject({ cpuSecondsTotal: 0.07, processes: 2 })
  // A second family of the same user: nothing is guessed.
  proc.put({ pid: 50, parent: 0, sockets: 'hidden' })
  expect(sampler().sample().resources).toMatchObject({ failure: 'owner-hidden' })
})

test('Unix sockets', () => {
  proc.write(
    'net/unix',
    'Num RefCount\n0000: 00000002 00000000 00010000 0001 01 24680 /run/m.sock\n0000: 00000003 00000000 00000000 0001 03 24690 /run/m.sock\n',
  )
  proc.put({ pid: 10, parent: 1, sockets: [24_680] })
  const model = new ModelSampler({
    files: proc.files,
    upstreams: [{ kind: 'unix', path: '/run/m.sock' }],
    pid: undefined,
    name: undefined,
    ownPid: OWN_PID,
  })
  expect(model.sample().resources).toMatchObject({ up: true, openConnections: 1 })
})

const CGROUP = {
  'sys/fs/cgroup/memory.max': '2147483648\n',
  'sys/fs/cgroup/memory.current': '1073741824\n',
  'sys/fs/cgroup/cpu.max': '150000 100000\n',
  'sys/fs/cgroup/cpu.stat':
    'usage_usec 5500000\nuser_usec 5000000\nnr_periods 40\nnr_throttled 7\nthrottled_usec 250000\n',
  'sys/fs/cgroup/memory.pressure':
    'some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=500000\n',
  'sys/fs/cgroup/cpu.pressure': 'some avg10=1.00 avg60=0.00 avg300=0.00 total=9000000\n',
  'sys/fs/cgroup/memory.events': 'low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n',
}

test('the cgroup of the model’s container', () => {
  proc.tcp(listening)
  proc.put({ pid: 10, parent: 1, sockets: [5551], cgroup: '0::/../cri-containerd-abc.scope\n', root: CGROUP })
  expect(sampler().sample().resources).toMatchObject({
    source: 'cgroup',
    cgroup: {
      memoryBytes: 2 ** 30,
      memoryLimitBytes: 2 ** 31,
      cpuLimitCores: 1.5,
      cpuSecondsTotal: 5.5,
      cpuThrottledSecondsTotal: 0.25,
      cpuPeriodsTotal: 40,
      cpuThrottledPeriodsTotal: 7,
      memoryPressureSomeSecondsTotal: 1.5,
      memoryPressureFullSecondsTotal: 0.5,
      cpuPressureSomeSecondsTotal: 9,
      oomKillsTotal: 1,
    },
  })
})

test('what is no number in the files of the model’s container is absent', () => {
  proc.tcp(listening)
  proc.put({
    ...{ pid: 10, parent: 1, sockets: [5551], cgroup: '0::/../model\n' },
    root: {
      'sys/fs/cgroup/memory.max': 'max\n',
      'sys/fs/cgroup/memory.current': '5000\n',
      'sys/fs/cgroup/cpu.stat': 'usage_usec x\nnr_periods 3\n',
      'sys/fs/cgroup/memory.events': 'oom_kill\n',
    },
  })
  expect(sampler().sample().resources).toMatchObject({ source: 'cgroup' })
  expect(sampler().sample().resources.cgroup).toEqual({ memoryBytes: 5000, cpuPeriodsTotal: 3 })
})

test('a service of the host: its path leads from the root, which has no limits', () => {
  const below = Object.fromEntries(
    Object.entries(CGROUP).map(([path, text]) => [
      path.replace('cgroup/', 'cgroup/system.slice/m.service/'),
      text,
    ]),
  )
  proc.tcp(listening)
  proc.put({ pid: 10, parent: 1, sockets: [5551], cgroup: '0::/system.slice/m.service\n', root: below })
  expect(sampler().sample().resources.cgroup).toMatchObject({ cpuLimitCores: 1.5 })
})

test.each([
  ['our own', '0::/\n', CGROUP],
  ['version 1', '5:memory:/x\n4:cpu:/x\n', CGROUP],
  ['not readable', '0::/../x\n', {}],
  [
    'unlimited is no limit',
    '0::/../x\n',
    { ...CGROUP, 'sys/fs/cgroup/memory.max': 'max\n', 'sys/fs/cgroup/cpu.max': 'max 100000\n' },
  ],
])('cgroup: %s', (name, cgroup, root) => {
  proc.tcp(listening)
  proc.put({ pid: 10, parent: 1, sockets: [5551], cgroup, root })
  const { resources } = sampler().sample()
  if (name === 'unlimited is no limit') {
    expect(Object.keys(resources.cgroup ?? {})).not.toEqual(expect.arrayContaining(['memoryLimitBytes']))
    expect(Object.keys(resources.cgroup ?? {})).not.toEqual(expect.arrayContaining(['cpuLimitCores']))
  } else expect(resources).not.toHaveProperty('cgroup')
})
