import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ProcessStat } from '../../src/resources/process-stat.ts'
import { CpuAccount, type ProcessTable, topmost, treeOf } from '../../src/resources/process-tree.ts'

function stat(pid: number, parent: number, fields: Partial<ProcessStat> = {}): ProcessStat {
  const usual = { comm: 'x', zombie: false, ownTicks: 0, waitedTicks: 0, threads: 1, startTicks: 1 }
  return { pid, parent, ...usual, ...fields }
}
const tableOf = (...processes: ProcessStat[]): ProcessTable =>
  new Map(processes.map((process) => [process.pid, process]))
const pidsOf = (processes: readonly ProcessStat[]): number[] =>
  processes.map(({ pid }) => pid).sort((a, b) => a - b)

test('the topmost of those who hold the socket: the master, not its workers', () => {
  const table = tableOf(stat(1, 0), stat(10, 1), stat(11, 10), stat(12, 11), stat(20, 1))
  expect(topmost([12, 10, 11], table)).toEqual([10])
  // Siblings that share a port by SO_REUSEPORT.
  expect(topmost([20, 11], table)).toEqual([11, 20])
})

test('a ring of parents, as a torn picture may show one, ends', () => {
  const table = tableOf(stat(10, 11), stat(11, 10))
  expect(topmost([10], table)).toEqual([10])
  expect(pidsOf(treeOf([10], [], table))).toEqual([10, 11])
})

test('descendants of any depth, and members that lost their parent', () => {
  const orphan = stat(30, 10)
  const table = tableOf(
    stat(1, 0),
    stat(10, 1),
    stat(11, 10),
    stat(12, 11),
    stat(20, 1),
    stat(30, 1),
    stat(31, 30),
  )
  expect(pidsOf(treeOf([10], [orphan], table))).toEqual([10, 11, 12, 30, 31])
  // The pid of a member was given to someone else.
  expect(pidsOf(treeOf([10], [stat(30, 10, { startTicks: 99 })], table))).toEqual([10, 11, 12])
})

test('a worker that ends keeps its share, and its last ticks come from its parent', () => {
  const account = new CpuAccount()
  account.update([stat(10, 1, { ownTicks: 5 }), stat(11, 10, { ownTicks: 100 })])
  expect(account.ticks).toBe(105)
  // 11 ended at 130; 12 came, used 7 and went between the samples.
  account.update([stat(10, 1, { ownTicks: 6, waitedTicks: 137 })])
  expect(account.ticks).toBe(143)
})

test('a pid that was given to another process starts anew', () => {
  const account = new CpuAccount()
  account.update([stat(10, 1, { ownTicks: 500, startTicks: 1 })])
  account.update([stat(10, 1, { ownTicks: 3, startTicks: 900 })])
  expect(account.ticks).toBe(503)
})

test('a tick backwards does not make the counter fall', () => {
  const account = new CpuAccount()
  account.update([stat(10, 1, { ownTicks: 500 })])
  account.update([stat(10, 1, { ownTicks: 499 })])
  expect(account.ticks).toBe(500)
})

/** A kernel in small: processes fork, run, and end; parents wait for their children at once. */
class World {
  readonly alive = new Map<number, { pid: number; parent: number; own: number; waited: number }>([
    [1, { pid: 1, parent: 0, own: 0, waited: 0 }],
  ])
  usedTicks = 0
  #next = 2

  run(index: number, ticks: number): void {
    const process = this.#pick(index)
    process.own += ticks
    this.usedTicks += ticks
  }

  fork(index: number): void {
    this.alive.set(this.#next, { pid: this.#next, parent: this.#pick(index).pid, own: 0, waited: 0 })
    this.#next += 1
  }

  /** Ends a process that has no children; others would leave the tree. */
  end(index: number): void {
    const process = this.#pick(index)
    const parent = this.alive.get(process.parent)
    const isParent = [...this.alive.values()].some((other) => other.parent === process.pid)
    if (parent === undefined || isParent) return
    parent.waited += process.own + process.waited
    this.alive.delete(process.pid)
  }

  table(): ProcessTable {
    return tableOf(
      ...[...this.alive.values()].map(({ pid, parent, own, waited }) =>
        stat(pid, parent, { ownTicks: own, waitedTicks: waited, startTicks: pid }),
      ),
    )
  }

  #pick(index: number): { pid: number; parent: number; own: number; waited: number } {
    const all = [...this.alive.values()]
    const picked = all[index % all.length]
    if (picked === undefined) throw new Error('process 1 never ends')
    return picked
  }
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('run' as const), index: fc.nat(50), ticks: fc.nat(100) }),
  fc.record({ kind: fc.constant('fork' as const), index: fc.nat(50) }),
  fc.record({ kind: fc.constant('end' as const), index: fc.nat(50) }),
  fc.record({ kind: fc.constant('sample' as const) }),
)

test('however processes come and go, every tick is counted once', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const world = new World()
      const account = new CpuAccount()
      const sample = (): void => account.update(treeOf([1], account.members, world.table()))
      let before = 0
      for (const { kind, ...rest } of steps) {
        if (kind === 'sample') sample()
        else if (kind === 'run')
          world.run((rest as { index: number }).index, (rest as { ticks: number }).ticks)
        else world[kind]((rest as { index: number }).index)
        expect(account.ticks).toBeGreaterThanOrEqual(before)
        before = account.ticks
      }
      sample()
      expect(account.ticks).toBe(world.usedTicks)
    }),
  )
})
