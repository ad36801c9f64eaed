/** The processes of the model and their total CPU time. Pure: takes one process table for each sample. */
import type { ProcessStat } from './process-stat.ts'

export type ProcessTable = ReadonlyMap<number, ProcessStat>

/** The `pids` without another one among their ancestors, in ascending order. */
export function topmost(pids: Iterable<number>, table: ProcessTable): number[] {
  const candidates = new Set(pids)
  return [...candidates].filter((pid) => !hasAncestor(pid, candidates, table)).sort((a, b) => a - b)
}

function hasAncestor(pid: number, candidates: ReadonlySet<number>, table: ProcessTable): boolean {
  // The table is not an atomic snapshot: after a reused pid, parents may form a cycle.
  const visited = new Set([pid])
  for (let at = table.get(pid)?.parent; at !== undefined && !visited.has(at); at = table.get(at)?.parent) {
    if (candidates.has(at)) return true
    visited.add(at)
  }
  return false
}

/** `roots`, their descendants, and the live ones of `members`, even if a dead parent left them to init. */
export function treeOf(
  roots: Iterable<number>,
  members: Iterable<ProcessStat>,
  table: ProcessTable,
): ProcessStat[] {
  const children = new Map<number, number[]>()
  for (const { pid, parent } of table.values()) {
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [pid])
    else siblings.push(pid)
  }
  const tree = new Map<number, ProcessStat>()
  const left = [...roots]
  for (const member of members) {
    if (isSame(member, table.get(member.pid))) left.push(member.pid)
  }
  for (let pid = left.pop(); pid !== undefined; pid = left.pop()) {
    const process = table.get(pid)
    if (process === undefined || tree.has(pid)) continue
    tree.set(pid, process)
    left.push(...(children.get(pid) ?? []))
  }
  return [...tree.values()]
}

/** A pid alone may have been reused. */
export function isSame(before: ProcessStat, now: ProcessStat | undefined): boolean {
  return now !== undefined && now.pid === before.pid && now.startTicks === before.startTicks
}

/**
 * CPU time of all processes that were ever members, monotonic. A process that ends keeps its share. Its usage after the
 * last sample, and that of children between two samples, is included in the parent's waited-for time. Only a parent
 * that does not wait for its children (SIGCHLD ignored) loses this last part.
 */
export class CpuAccount {
  #members: ReadonlyMap<number, ProcessStat> = new Map()
  #ticks = 0

  /** Clock ticks, user and system. */
  get ticks(): number {
    return this.#ticks
  }

  /** Members of the last sample. */
  get members(): Iterable<ProcessStat> {
    return this.#members.values()
  }

  update(tree: readonly ProcessStat[]): void {
    const before = this.#members
    const now = new Map(tree.map((process) => [process.pid, process]))
    // The part of a parent's waited-for time that was already counted for the child.
    const known = new Map<number, number>()
    for (const process of before.values()) {
      if (isSame(process, now.get(process.pid))) continue
      known.set(process.parent, (known.get(process.parent) ?? 0) + process.ownTicks + process.waitedTicks)
    }
    for (const process of tree) {
      const earlier = before.get(process.pid)
      if (earlier === undefined || !isSame(earlier, process)) {
        this.#ticks += process.ownTicks + process.waitedTicks
        continue
      }
      // The kernel adds up per-thread times without a lock, so they may decrease by a tick.
      this.#ticks += Math.max(0, process.ownTicks - earlier.ownTicks)
      const waited = process.waitedTicks - earlier.waitedTicks - (known.get(process.pid) ?? 0)
      this.#ticks += Math.max(0, waited)
    }
    this.#members = now
  }
}
