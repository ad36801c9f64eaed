/** How many connections this process can carry: each takes two of its files, and memory. */
import { readFileSync } from 'node:fs'

/** The process itself needs 30; then the admin port's connections, log files, scrapes of the model server. */
const OTHER_FILES = 160
/** What the process takes without connections: code, heaps, the windows of 50 features. */
const OTHER_MEMORY_BYTES = 112 * 1024 * 1024
/**
 * The dearest connection, of a client that does not read its answer: buffers of both flows, and what the kernel holds
 * for both sockets. 4,000 of them took 300 MB.
 */
const CONNECTION_BYTES = 72 * 1024

export interface Grants {
  /** Files that the process may open, sockets among them. */
  readonly maxOpenFiles: number
  /** Of the container; without an end where there is no limit. */
  readonly memoryBytes: number
  /** Ring and overflow. */
  readonly ringBytes: number
}

export interface Affordable {
  readonly connections: number
  /** What the limit follows, when it is not the configured one. */
  readonly because?: 'open files' | 'memory'
}

/**
 * Connections that can be open at once. Without a file, clients would be closed uncounted, the model server would look
 * unreachable, and nobody could scrape what happens; without memory, the kernel would end the process with all of them.
 */
export function affordableConnections(
  limit: number,
  { maxOpenFiles, memoryBytes, ringBytes }: Grants,
): Affordable {
  const byFiles = Math.max(1, Math.floor((maxOpenFiles - OTHER_FILES) / 2))
  const byMemory = Math.max(16, Math.floor((memoryBytes - OTHER_MEMORY_BYTES - ringBytes) / CONNECTION_BYTES))
  if (limit <= Math.min(byFiles, byMemory)) return { connections: limit }
  return byFiles <= byMemory
    ? { connections: byFiles, because: 'open files' }
    : { connections: byMemory, because: 'memory' }
}

/** What the system grants; without an end where it does not say. Node.js raises the soft limit to the hard one. */
export function maxOpenFiles(limitsFile = '/proc/self/limits'): number {
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync(limitsFile, 'latin1'))?.[1]
    return Number(soft) > 0 ? Number(soft) : Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
