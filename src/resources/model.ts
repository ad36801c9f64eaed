/** Tracks the model's processes between samples: their identity, usage and restarts. */
import type { Address } from '../lib/address.ts'
import { findCgroup, readCgroup } from './cgroup.ts'
import { findRoots } from './model-process.ts'
import type { ProcFiles } from './proc-files.ts'
import {
  parseBootTimeSeconds,
  parseResidentBytes,
  type ProcessStat,
  TICKS_PER_SECOND,
} from './process-stat.ts'
import { CpuAccount, isSame, type ProcessTable, treeOf } from './process-tree.ts'
import type { ModelResources, ResourceFailure } from './snapshot.ts'
import type { Listener } from './sockets.ts'
import { UpstreamSockets } from './upstream-sockets.ts'

export interface ModelSamplerOptions {
  readonly files: ProcFiles
  /** Addresses of the model server; empty when not configured. */
  readonly upstreams: readonly Address[]
  readonly pid: number | undefined
  readonly name: string | undefined
  readonly ownPid: number
}

export interface ModelSample {
  readonly resources: ModelResources
  readonly pids: ReadonlySet<number>
}

/** A search checks every open file of the machine, so it runs rarely when the owner is hidden. */
const SAMPLES_BETWEEN_SEARCHES = 6

export class ModelSampler {
  readonly #options: ModelSamplerOptions
  readonly #account = new CpuAccount()
  readonly #bootTimeSeconds: number | undefined
  readonly #sockets: readonly UpstreamSockets[]
  #roots: readonly ProcessStat[] = []
  #restarts = 0
  #seen = false
  #failure: ResourceFailure = 'not-sampled'
  #samplesUntilSearch = 0

  constructor(options: ModelSamplerOptions) {
    this.#options = options
    this.#sockets = options.upstreams.map((upstream) => new UpstreamSockets(options.files, upstream))
    // On a large machine, this line follows a line for each core and a count for each interrupt.
    this.#bootTimeSeconds = parseBootTimeSeconds(options.files.readTable('stat') ?? '')
  }

  sample(): ModelSample {
    const table = this.#options.files.processes()
    if (table === undefined) return this.#none('no-proc')
    const failure = this.#follow(table) ? undefined : this.#search(table)
    if (failure !== undefined) return this.#none(failure)
    const tree = treeOf(
      this.#roots.map(({ pid }) => pid),
      this.#account.members,
      table,
    )
    this.#account.update(tree)
    const resources = this.#resources(tree, sumOf(this.#sockets.map((sockets) => sockets.connections())))
    return { resources, pids: new Set(tree.map(({ pid }) => pid)) }
  }

  /** Whether at least one of the topmost processes of the last sample still exists. */
  #follow(table: ProcessTable): boolean {
    this.#roots = this.#roots.flatMap((root) => {
      const now = table.get(root.pid)
      return now !== undefined && isSame(root, now) ? [now] : []
    })
    return this.#roots.length > 0
  }

  /** Sets the roots, or returns the failure. */
  #search(table: ProcessTable): ResourceFailure | undefined {
    this.#samplesUntilSearch -= 1
    // A starting model appears soon; a hidden one stays hidden.
    if (this.#failure === 'owner-hidden' && this.#samplesUntilSearch > 0) return this.#failure
    this.#samplesUntilSearch = SAMPLES_BETWEEN_SEARCHES
    const { files, pid, name, ownPid } = this.#options
    const found = findRoots({
      files,
      table,
      listeners: allOf(this.#sockets.map((sockets) => sockets.listeners())),
      pid,
      name,
      ownPid,
    })
    if ('failure' in found) return found.failure
    this.#roots = found.roots.flatMap((root) => table.get(root) ?? [])
    if (this.#seen) this.#restarts += 1
    this.#seen = true
    return undefined
  }

  #none(failure: ResourceFailure): ModelSample {
    this.#failure = failure
    // Counters stay: the model may return, and its past usage still counts.
    const counters = this.#seen ? this.#counters() : {}
    return { resources: { up: false, source: 'none', failure, gpuMemory: [], ...counters }, pids: new Set() }
  }

  #counters(): { readonly cpuSecondsTotal: number; readonly restartsTotal: number } {
    return { cpuSecondsTotal: this.#account.ticks / TICKS_PER_SECOND, restartsTotal: this.#restarts }
  }

  #resources(tree: readonly ProcessStat[], openConnections: number | undefined): ModelResources {
    const { files } = this.#options
    const resident = tree.map(({ pid }) => parseResidentBytes(files.read(`${pid}/status`) ?? ''))
    const root = this.#roots[0]
    const cgroupDirectory = root === undefined ? undefined : findCgroup(files, root.pid)
    const startTimeSeconds =
      root === undefined || this.#bootTimeSeconds === undefined
        ? undefined
        : this.#bootTimeSeconds + root.startTicks / TICKS_PER_SECOND
    return {
      up: true,
      source: cgroupDirectory === undefined ? 'proc' : 'cgroup',
      ...this.#counters(),
      memoryBytes: resident.reduce<number>((total, bytes) => total + (bytes ?? 0), 0),
      processes: tree.length,
      threads: tree.reduce((total, { threads }) => total + threads, 0),
      ...(openConnections === undefined ? {} : { openConnections }),
      ...(startTimeSeconds === undefined ? {} : { startTimeSeconds }),
      gpuMemory: [],
      ...(cgroupDirectory === undefined ? {} : { cgroup: readCgroup(files, cgroupDirectory) }),
    }
  }
}

/** Sum of the known values; `undefined` without any. */
function sumOf(counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined)
  return known.length === 0 ? undefined : known.reduce((total, count) => total + count, 0)
}

function allOf(lists: readonly (readonly Listener[] | undefined)[]): readonly Listener[] | undefined {
  const known = lists.filter((list) => list !== undefined)
  return known.length === 0 ? undefined : known.flat()
}
