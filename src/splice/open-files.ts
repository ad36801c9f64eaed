/** A connection that is carried takes two of the files that a process may open, and there is more to open than those. */
import { readFileSync } from 'node:fs'

/** The process itself needs 30; then admin connections, log files, scrapes of the model server. */
const OTHER_FILES = 96

/**
 * Connections that can be open at once without running out of files: without a file, clients would be closed uncounted,
 * the model server would look unreachable, and nobody could scrape what happens.
 */
export function affordableConnections(limit: number, maxOpenFiles: number): number {
  return Math.max(1, Math.min(limit, Math.floor((maxOpenFiles - OTHER_FILES) / 2)))
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
