/** Access to `state.directory`: owned by this process, or not yet. */
import { type DirectoryLock, lockDirectory } from '../checkpoints/directory-lock.ts'
import type { RunConfig } from '../config/schema.ts'
import type { Logger } from '../lib/logger.ts'

/** Interval of checking whether the other process still owns it. */
const LOOK_MS = 10_000

export interface StateDirectory {
  /** The configuration, without the directory while another process owns it. */
  readonly config: RunConfig
  readonly isLocked: boolean
  /** Calls back when the other process has released it. */
  readonly onFree: (use: (directory: string) => void) => void
  readonly release: () => Promise<void>
}

/** Never rejects: without a lock, everything except storage works. */
export async function openStateDirectory(config: RunConfig, logger: Logger): Promise<StateDirectory> {
  const { directory } = config.state
  const unlocked = { config, isLocked: false, onFree: () => undefined, release: async () => undefined }
  if (directory === undefined) return unlocked
  const first = await lockDirectory(directory)
  // Checkpoints will fail with the same reason, which is counted and logged.
  if ('problem' in first) return unlocked
  let lock: DirectoryLock | undefined
  let timer: NodeJS.Timeout | undefined
  const release = async (): Promise<void> => {
    clearInterval(timer)
    await lock?.release()
  }
  if ('lock' in first) {
    lock = first.lock
    return { ...unlocked, release }
  }
  logger.warn(
    { directory, heldBy: first.heldBy },
    'another process uses state.directory; this process keeps no state until that one ends',
  )
  return {
    config: { ...config, state: { ...config.state, directory: undefined } },
    isLocked: true,
    onFree: (use) => {
      let isLooking = false
      timer = setInterval(() => {
        if (isLooking) return
        isLooking = true
        void lockDirectory(directory).then((result) => {
          isLooking = false
          if (!('lock' in result)) return
          clearInterval(timer)
          lock = result.lock
          logger.info({ directory }, 'state.directory is free; this process now keeps its state there')
          use(directory)
        })
      }, LOOK_MS).unref()
    },
    release,
  }
}
