import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { silentLogger } from '../../src/lib/logger.ts'
import { createGpuSampler } from '../../src/resources/gpus.ts'
import { type ProgramResult, type RunProgram, runProgram } from '../../src/resources/run-program.ts'

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/resources/${name}`, import.meta.url), 'utf8')

const done = (output: string, status = 0): ProgramResult => ({ kind: 'done', status, output })
const T4 =
  '0, GPU-d37a67de-2f3a-4f4c-a0ac-6b8c79ef9d1b, Tesla T4, 37, 12, 1421, 15360, 61, 45.31, 70.00, 1590, 0, [N/A]\n'

/** Answers each question by its first argument, and keeps what was asked. */
function machine(answers: (question: string) => ProgramResult): { run: RunProgram; asked: string[] } {
  const asked: string[] = []
  const run: RunProgram = (_, [question = '']) => {
    asked.push(question.split('=')[0] ?? '')
    return Promise.resolve(answers(question))
  }
  return { run, asked }
}

const sampler = (run: RunProgram) => createGpuSampler({ mode: 'auto', run, logger: silentLogger })

test('one poll: GPUs and the memory of their processes', async () => {
  const { run, asked } = machine((question) =>
    done(question.startsWith('--query-gpu') ? T4 : '77, GPU-d37a67de-2f3a-4f4c-a0ac-6b8c79ef9d1b, 1400\n'),
  )
  const gpus = sampler(run)
  await gpus.sample()
  expect(gpus.state().gpus).toHaveLength(1)
  expect(gpus.state().processes).toEqual([
    { pid: 77, uuid: 'GPU-d37a67de-2f3a-4f4c-a0ac-6b8c79ef9d1b', memoryBytes: 1400 * 2 ** 20 },
  ])
  expect(asked).toEqual(['--query-gpu', '--query-compute-apps'])
})

test('not installed: asked once, never again', async () => {
  const { run, asked } = machine(() => ({ kind: 'missing' }))
  const gpus = sampler(run)
  await gpus.sample()
  await gpus.sample()
  expect(asked).toHaveLength(1)
  expect(gpus.active()).toBe(false)
  expect(gpus.state()).toEqual({ gpus: [], processes: [] })
})

test('installed, but no GPU: no failure', async () => {
  const { run, asked } = machine(() => done('No devices were found\n'))
  const gpus = sampler(run)
  await gpus.sample()
  expect(gpus.failures()).toEqual({ timeout: 0, 'exit-status': 0, 'unreadable-output': 0 })
  expect(gpus.active()).toBe(true)
  expect(asked).toHaveLength(1)
})

test('failures are counted by reason, asked for less often, and forgotten by a good answer', async () => {
  const answers: ProgramResult[] = [
    { kind: 'timeout' },
    done("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", 9),
    done('何か違うもの\n'),
    done(T4),
    done(''),
  ]
  const gpus = sampler(() => Promise.resolve(answers.shift() ?? done('')))
  const waits: number[] = []
  for (let poll = 0; poll < 4; poll += 1) {
    await gpus.sample()
    waits.push(gpus.intervals())
  }
  expect(waits).toEqual([2, 4, 8, 1])
  expect(gpus.failures()).toEqual({ timeout: 1, 'exit-status': 1, 'unreadable-output': 1 })
  expect(gpus.state().gpus).toHaveLength(1)
})

test('after a failure the old figures are gone, not frozen', async () => {
  let answer = done(T4)
  const gpus = sampler(() => Promise.resolve(answer))
  await gpus.sample()
  answer = { kind: 'timeout' }
  await gpus.sample()
  expect(gpus.state().gpus).toEqual([])
})

test('the wait is bounded', async () => {
  const gpus = sampler(() => Promise.resolve({ kind: 'timeout' }))
  for (let poll = 0; poll < 20; poll += 1) await gpus.sample()
  expect(gpus.intervals()).toBe(32)
})

test('while one hangs no other is started, and the last figures stay readable', async () => {
  let asked = 0
  let answer: (result: ProgramResult) => void = () => undefined
  const gpus = sampler(() => {
    asked += 1
    return new Promise((resolve) => {
      answer = resolve
    })
  })
  const hanging = gpus.sample()
  await gpus.sample()
  await gpus.sample()
  expect(asked).toBe(1)
  expect(gpus.state().gpus).toEqual([])
  answer({ kind: 'timeout' })
  await hanging
  expect(gpus.failures().timeout).toBe(1)
})

test('a driver that knows fewer fields is asked for those', async () => {
  const { run, asked } = machine((question) => {
    if (!question.startsWith('--query-gpu')) return done('')
    if (question.includes('mig.mode.current')) {
      return done('Field "mig.mode.current" is not a valid field to query.\n', 2)
    }
    return done(T4.replace(', [N/A]\n', '\n'))
  })
  const gpus = sampler(run)
  await gpus.sample()
  await gpus.sample()
  expect(gpus.state().gpus[0]).toMatchObject({ name: 'Tesla T4', utilizationRatio: 0.37 })
  expect(asked.filter((question) => question === '--query-gpu')).toHaveLength(3)
})

test('a driver that rejects every field ends in a failure, not in a loop', async () => {
  const gpus = sampler((_, [question = '']) => {
    const first = /=([^,]+)/.exec(question)?.[1] ?? 'nothing'
    return Promise.resolve(done(`Field "${first}" is not a valid field to query.\n`, 2))
  })
  await gpus.sample()
  expect(gpus.failures()['exit-status']).toBe(1)
})

test('MIG: the instances are asked for only where the mode is on', async () => {
  const row =
    '0, GPU-2f1cfc5e-6a5d-4e2c-8f6c-6f0d7a8a1b10, NVIDIA A100-SXM4-80GB, [N/A], [N/A], 19060, 81920, 47, 61.20, 400.00, 1095, 0, Enabled\n'
  const { run, asked } = machine((question) => {
    if (question.startsWith('--query-gpu')) return done(row)
    if (question === '-L') return done(fixture('nvidia-smi-L-mig.txt'))
    if (question === '-q') return done(fixture('nvidia-smi-q-x-mig.xml'))
    return done('4242, MIG-5c3de5d1-0f1c-5d2b-9a7a-1b8b0d7a9f00, 19000\n')
  })
  const gpus = sampler(run)
  await gpus.sample()
  expect(asked).toEqual(['--query-gpu', '-L', '-q', '--query-compute-apps'])
  // Told once: by the instances, not by their GPU as well.
  expect(gpus.state().gpus.map(({ gpu, memoryUsedBytes = 0 }) => [gpu, memoryUsedBytes / 2 ** 20])).toEqual([
    ['0', 0],
    ['0:0', 19_012],
    ['0:1', 12],
  ])
})

const limits = { timeoutMs: 10_000, maxBytes: 10_000 }

test('programs: their output, their status, their absence', async () => {
  const node = (script: string) => runProgram(process.execPath, ['-e', script], limits)
  expect(await node('process.stdout.write("a"); process.stderr.write("b")')).toEqual(done('a'))
  expect(await node('process.stdout.write("a"); process.stderr.write("b"); process.exitCode = 9')).toEqual(
    done('ab', 9),
  )
  expect(await runProgram('no-such-program-here', [], limits)).toEqual({ kind: 'missing' })
})

test('programs: one that hangs and ignores signals is ended, one that talks too much too', async () => {
  const stubborn = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'
  expect(await runProgram(process.execPath, ['-e', stubborn], { ...limits, timeoutMs: 300 })).toEqual({
    kind: 'timeout',
  })
  const loud = 'setInterval(() => process.stdout.write("x".repeat(5000)), 1)'
  expect(await runProgram(process.execPath, ['-e', loud], limits)).toMatchObject({ kind: 'done', status: 1 })
})
