import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHostSampler, procSampler, systemInformationSampler } from '../../src/resources/host.ts'
import { parseCpuTicks, parseMemory } from '../../src/resources/host-files.ts'
import { ProcFiles } from '../../src/resources/proc-files.ts'
import { FakeProc } from './fake-proc.ts'

let proc: FakeProc
beforeEach(() => (proc = new FakeProc()))
afterEach(() => proc.remove())

const MEMINFO = 'MemTotal:       24684084 kB\nMemFree:        20672648 kB\nMemAvailable:   22826476 kB\n'

test('utilization is what was not idle between two looks, guests counted once', async () => {
  proc.write('meminfo', MEMINFO)
  const host = createHostSampler(proc.files)
  proc.write('stat', 'cpu  1000 10 500 8000 100 20 30 40 900 9\ncpu0 1 2 3 4\nbtime 1700000000\n')
  expect(await host.sample()).toEqual({
    memoryUsedBytes: (24684084 - 22826476) * 1024,
    memoryTotalBytes: 24684084 * 1024,
  })
  // 30 user, 10 system, 5 each of irq, softirq and steal are work; 45 idle and 100 waiting for disks are not.
  proc.write('stat', 'cpu  1030 10 510 8045 200 25 35 45 930 9\ncpu0 1 2 3 4\n')
  expect((await host.sample()).cpuUtilizationRatio).toBeCloseTo(55 / 200, 12)
})

test('no utilization within one tick, after a step back, and without the line', async () => {
  proc.write('meminfo', MEMINFO)
  const host = procSampler(proc.files)
  const look = async (stat: string): Promise<number | undefined> => {
    proc.write('stat', stat)
    return (await host.sample()).cpuUtilizationRatio
  }
  await look('cpu  100 0 0 100\n')
  expect(await look('cpu  100 0 0 100\n')).toBeUndefined()
  expect(await look('cpu  90 0 0 200\n')).toBeUndefined()
  expect(await look('cpu0 90 0 0 200\n')).toBeUndefined()
  expect(await look('cpu  100 0 0 300\n')).toBeUndefined()
  expect(await look('cpu  150 0 0 350\n')).toBe(0.5)
})

test('a kernel that does not tell what is available tells nothing', () => {
  expect(parseMemory('MemTotal:  100 kB\nMemFree: 50 kB\n')).toEqual({})
  expect(parseCpuTicks('intr 1 2 3\n')).toBeUndefined()
})

test.runIf(process.platform === 'linux')('agrees with systeminformation on this machine', async () => {
  const ours = await procSampler(new ProcFiles()).sample()
  const theirs = await systemInformationSampler().sample()
  expect(ours.memoryTotalBytes).toBe(theirs.memoryTotalBytes)
  // A quarter of the memory apart would be another quantity; programs come and go between two looks.
  const apart = Math.abs((ours.memoryUsedBytes ?? NaN) - (theirs.memoryUsedBytes ?? NaN))
  expect(apart).toBeLessThan((ours.memoryTotalBytes ?? 0) / 4)
})
