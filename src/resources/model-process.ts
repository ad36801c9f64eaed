/**
 * Finds the processes of the model server: the configured pid or name, otherwise the owner of the socket that listens
 * at the upstream's address. When another user's descriptors are hidden, the socket's user is used: if all processes of
 * that user are one family, it is the model's.
 */
import type { ProcFiles } from './proc-files.ts'
import { goesByName } from './process-stat.ts'
import { type ProcessTable, topmost } from './process-tree.ts'
import type { ResourceFailure } from './snapshot.ts'
import type { Listener } from './sockets.ts'

export type FoundRoots = { readonly roots: readonly number[] } | { readonly failure: ResourceFailure }

export interface FindOptions {
  readonly files: ProcFiles
  readonly table: ProcessTable
  /** Sockets that listen at the upstream's address; `undefined` for another machine. */
  readonly listeners: readonly Listener[] | undefined
  readonly pid: number | undefined
  readonly name: string | undefined
  /** modeltap's own process, which is never the model's. */
  readonly ownPid: number
}

export function findRoots({ files, table, listeners, pid, name, ownPid }: FindOptions): FoundRoots {
  if (pid !== undefined) return table.has(pid) ? { roots: [pid] } : { failure: 'pid-gone' }
  if (name !== undefined) {
    const named = [...table.values()]
      .filter((process) => process.pid !== ownPid)
      .filter((process) => goesByName(name, process.comm, files.read(`${process.pid}/cmdline`) ?? ''))
    const roots = topmost(
      named.map((process) => process.pid),
      table,
    )
    return roots.length > 0 ? { roots } : { failure: 'name-not-found' }
  }
  if (listeners === undefined) return { failure: 'remote-upstream' }
  if (listeners.length === 0) return { failure: 'not-listening' }
  return findOwner(files, table, listeners, ownPid)
}

function findOwner(
  files: ProcFiles,
  table: ProcessTable,
  listeners: readonly Listener[],
  ownPid: number,
): FoundRoots {
  const inodes = new Set(listeners.map(({ inode }) => inode))
  const owners: number[] = []
  for (const pid of table.keys()) {
    if (pid !== ownPid && files.holdsSocket(pid, inodes) === true) owners.push(pid)
  }
  // Workers forked after `listen` own the socket too; the topmost one is the server.
  if (owners.length > 0) return { roots: topmost(owners, table) }

  const uids = new Set(listeners.map(({ uid }) => uid))
  const ours = new Set([ownPid])
  for (let at = table.get(ownPid)?.parent; at !== undefined && !ours.has(at); at = table.get(at)?.parent)
    ours.add(at)
  const candidates = [...table.keys()].filter((pid) => !ours.has(pid) && uids.has(files.uid(pid)))
  const families = topmost(candidates, table)
  return families.length === 1 ? { roots: families } : { failure: 'owner-hidden' }
}
