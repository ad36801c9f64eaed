/** How many connections this process can carry: each takes two file descriptors, and memory. */
import { readFileSync } from 'node:fs'

/**
 * File descriptors besides connections: 30 for the process, then the admin port, log files and scrapes of the model
 * server.
 */
const OTHER_FILES = 160
/** Memory without connections: code, heaps, the windows of 50 features. */
const OTHER_MEMORY_BYTES = 112 * 1024 * 1024
/**
 * The most expensive connection: its client does not read the answer, so the buffers of both flows and the kernel
 * buffers of both sockets are full. 4,000 of them took 300 MB.
 */
const CONNECTION_BYTES = 72 * 1024

export interface Grants {
  /** Files that the process may open, including sockets. */
  readonly maxOpenFiles: number
  /** Memory of the container; infinite without a limit. */
  readonly memoryBytes: number
  /** Ring and overflow. */
  readonly ringBytes: number
}

export interface Affordable {
  readonly connections: number
  /** What determines the limit, when it is not the configured one. */
  readonly because?: 'open files' | 'memory'
}

/**
 * Connections that can be open at once. Without file descriptors, clients would be closed uncounted, the model server
 * would look unreachable, and scrapes would fail. Without memory, the kernel would kill the process with all
 * connections.
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

/** The system's limit; infinite when it is unknown. Node.js raises the soft limit to the hard limit. */
export function maxOpenFiles(limitsFile = '/proc/self/limits'): number {
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync(limitsFile, 'latin1'))?.[1]
    return Number(soft) > 0 ? Number(soft) : Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
