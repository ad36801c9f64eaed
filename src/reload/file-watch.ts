/**
 * Says when a file has changed, by looking at it. Notifications of the system miss what Kubernetes does: it swaps a
 * symbolic link two folders above the file. A look follows links, so it sees that.
 */
import { statSync } from 'node:fs'
import { startInterval } from '../lib/timers.ts'

/** A look takes about 10 µs. */
const LOOK_MS = 2_000

export interface FileWatch {
  /** The files that count from now on. */
  readonly follow: (files: readonly string[]) => void
  /** The files are about to be read: what they are now is no change. */
  readonly mark: () => void
  readonly stop: () => void
}

export interface FileWatchOptions {
  readonly onChange: () => void
  readonly lookMs?: number
}

function versionOf(file: string): string {
  try {
    const { dev, ino, mtimeMs, size } = statSync(file)
    return `${dev}:${ino}:${mtimeMs}:${size}`
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable'
  }
}

export function watchFiles({ onChange, lookMs = LOOK_MS }: FileWatchOptions): FileWatch {
  let known = new Map<string, string>()
  let seen = ''
  const look = (): Map<string, string> => new Map([...known.keys()].map((file) => [file, versionOf(file)]))
  const textOf = (versions: ReadonlyMap<string, string>): string => [...versions.values()].join(' ')
  const timer = startInterval(
    () => {
      const now = look()
      const text = textOf(now)
      // Twice the same, so that a file that is being written is whole.
      if (text !== textOf(known) && text === seen) {
        known = now
        onChange()
      }
      seen = text
    },
    lookMs,
    { keepsAlive: false },
  )
  return {
    follow: (files) => {
      known = new Map(files.map((file) => [file, known.get(file) ?? versionOf(file)]))
    },
    mark: () => {
      known = look()
    },
    stop: () => timer.cancel(),
  }
}
