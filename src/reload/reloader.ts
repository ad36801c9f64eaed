/**
 * Takes up a changed configuration or baseline file: all of it, or nothing. A reload that fails leaves modeltap as it was.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Baseline } from '../baseline/baseline.ts'
import type { RunConfig } from '../config/schema.ts'
import { ModeltapError } from '../errors.ts'
import type { ConfigReload } from '../instruments/self-snapshot.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { startInterval, type Timer } from '../lib/timers.ts'
import { changedKeys, FIXED_KEYS, fixedAmong } from './changes.ts'
import { watchFiles } from './file-watch.ts'

/** A failed reload is tried again: the baseline that a new configuration names may arrive after it. */
const RETRY_MS = 60_000

export interface Settings {
  readonly config: RunConfig
  /** The content of `baseline.file`. */
  readonly baseline: Baseline | undefined
}

export interface ReloaderOptions {
  readonly settings: Settings
  /** The file of the configuration; absent when there is none. */
  readonly file: string | undefined
  /** @throws ModeltapError when the files cannot be used */
  readonly load: () => Promise<Settings>
  /** @throws ModeltapError when the settings cannot be taken up; then the former ones are in use */
  readonly apply: (settings: Settings) => Promise<void>
  /** Called at the start and after each reload. */
  readonly report: (state: ConfigReload) => void
  readonly clock: Clock
  readonly logger: Logger
  readonly lookMs?: number
  readonly retryMs?: number
}

export interface Reloader {
  /** Reloads now, or once more after the reload that runs. Never rejects. */
  readonly reload: (reason: string) => Promise<void>
  readonly stop: () => Promise<void>
}

export function startReloader(options: ReloaderOptions): Reloader {
  const { file, load, apply, report, clock, logger } = options
  let { settings } = options
  let successEpochMs = clock.epochMs()
  let lastFailure: string | undefined
  let running = Promise.resolve()
  let waiting = 0
  let isStopped = false
  let retry: Timer | undefined
  const watch = watchFiles({
    onChange: () => void reload('file change'),
    ...(options.lookMs === undefined ? {} : { lookMs: options.lookMs }),
  })
  const follow = (): void =>
    watch.follow([file, settings.config.baseline.file].filter((path) => path !== undefined))

  const takeUp = async (reason: string): Promise<void> => {
    const next = await load()
    const keys = changedKeys(settings.config, next.config)
    const fixed = fixedAmong(keys)
    if (fixed.length > 0) throw needsRestart(fixed)
    const isOtherBaseline = !isDeepStrictEqual(settings.baseline, next.baseline)
    const changed = isOtherBaseline ? [...keys, 'content of baseline.file'] : keys
    if (changed.length > 0) await apply(next)
    settings = next
    if (changed.length > 0) logger.info({ reason, changed }, 'the changed configuration is in use')
    else if (lastFailure !== undefined || reason !== 'retry')
      logger.info({ reason }, 'the configuration was read again and is the same')
  }

  const attempt = async (reason: string): Promise<void> => {
    if (isStopped) return
    watch.mark()
    try {
      await takeUp(reason)
      lastFailure = undefined
      successEpochMs = clock.epochMs()
      retry?.cancel()
      retry = undefined
      follow()
    } catch (error) {
      tellFailure(error as Error, reason)
      retry ??= startInterval(() => void reload('retry'), options.retryMs ?? RETRY_MS, { keepsAlive: false })
    }
    report({ successful: lastFailure === undefined, successEpochMs })
  }

  const tellFailure = (error: Error, reason: string): void => {
    const { code, hint } =
      error instanceof ModeltapError ? error : { code: undefined, hint: 'This is a bug; please report it.' }
    const text = `the configuration was not reloaded, the former one stays in use: ${error.message}`
    if (text !== lastFailure || reason !== 'retry') logger.error({ reason, code, hint }, text)
    lastFailure = text
  }

  const reload = (reason: string): Promise<void> => {
    // One that waits reads what is there when its turn comes, so a second one would find nothing new.
    if (waiting > 0) return running
    waiting += 1
    running = running.then(() => {
      waiting -= 1
      return attempt(reason)
    })
    return running
  }

  follow()
  report({ successful: true, successEpochMs })
  return {
    reload,
    stop: async () => {
      isStopped = true
      watch.stop()
      retry?.cancel()
      await running
    },
  }
}

function needsRestart(keys: readonly string[]): ModeltapError {
  return new ModeltapError('CONFIG_INVALID', {
    message: `${keys.join(', ')} cannot change while modeltap runs`,
    hint: `Restart modeltap, or set back these keys. A restart is needed for: ${FIXED_KEYS.join(', ')}.`,
  })
}
