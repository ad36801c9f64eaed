/** The sockets at the upstream's address: listeners and the number of connections. */
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Address } from '../lib/address.ts'
import type { ProcFiles } from './proc-files.ts'
import { type Listener, parseTcpSockets, parseUnixSockets, type SocketTable } from './sockets.ts'

/** To write a table, the kernel walks its whole connection hash: 5 ms on a machine with 24 GiB of memory. */
const SAMPLES_BETWEEN_READS = 3

const TABLES = { tcp: ['net/tcp', 'net/tcp6'], unix: ['net/unix'] } as const

export class UpstreamSockets {
  readonly #files: ProcFiles
  readonly #upstream: Address
  /** Tables with a listening socket: accepted connections are in the same one. */
  #paths: readonly string[] = []
  #connections: number | undefined = undefined
  #samplesUntilRead = 0

  constructor(files: ProcFiles, upstream: Address) {
    this.#files = files
    this.#upstream = upstream
  }

  /** `undefined` when the address is on another machine. */
  listeners(): readonly Listener[] | undefined {
    if (this.#upstream.kind === 'tcp' && !isLocal(this.#upstream.host)) return undefined
    const tables = TABLES[this.#upstream.kind].map((path) => ({ path, sockets: this.#read(path) }))
    this.#paths = tables.filter(({ sockets }) => sockets.listeners.length > 0).map(({ path }) => path)
    this.#samplesUntilRead = 0
    return tables.flatMap(({ sockets }) => sockets.listeners)
  }

  /** Established connections, at most three samples old; `undefined` when nothing listens on this machine. */
  connections(): number | undefined {
    if (this.#samplesUntilRead === 0) {
      this.#samplesUntilRead = SAMPLES_BETWEEN_READS
      const counts = this.#paths.map((path) => this.#read(path).connections)
      this.#connections = counts.length === 0 ? undefined : counts.reduce((total, count) => total + count, 0)
    }
    this.#samplesUntilRead -= 1
    return this.#connections
  }

  #read(path: string): SocketTable {
    const text = this.#files.readTable(path) ?? ''
    return this.#upstream.kind === 'unix'
      ? parseUnixSockets(text, this.#upstream.path)
      : parseTcpSockets(text, this.#upstream.port)
  }
}

function isLocal(host: string): boolean {
  if (['localhost', '::1', '0.0.0.0', '::'].includes(host) || /^127\./.test(host)) return true
  if (isIP(host) === 0) return false
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === host),
  )
}
