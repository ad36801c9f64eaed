/** Follows the files of `outcomes.files` like logs: each line is an outcome. */
import { parseJsonText } from '../formats/json.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { wait } from '../lib/timers.ts'
import { TailFiles } from '../sources/tail-files.ts'
import { loadOffsets, saveOffsets } from '../sources/tail-offsets.ts'
import { newTailStats, type TailStats } from '../sources/tail-stats.ts'
import type { Outcome } from './outcome.ts'
import type { Outcomes } from './outcomes.ts'
import { parseOutcome } from './parse-outcome.ts'

/** Stored beside the offsets of log files in the state directory. */
const OFFSETS = 'outcome-offsets.json'
const LOOK_MS = 1_000
const MAX_LINE_BYTES = 1024 * 1024
const MAX_FILES = 64

export interface FollowOptions {
  readonly files: readonly string[]
  readonly stateDirectory: string | undefined
  readonly outcomes: Outcomes
  readonly clock: Clock
  readonly logger: Logger
}

export interface FollowedFiles {
  readonly stats: TailStats
  readonly stop: () => Promise<void>
}

/** Files are read from their beginning, because labels from before the start are still valid. */
export async function followFiles(options: FollowOptions): Promise<FollowedFiles> {
  const { files: globs, stateDirectory, outcomes, logger } = options
  const stats = newTailStats()
  const loaded = stateDirectory === undefined ? undefined : await loadOffsets(stateDirectory, OFFSETS)
  if (loaded !== undefined && 'problem' in loaded) {
    logger.warn(
      { problem: loaded.problem },
      'cannot use the saved offsets of the outcome files; reading them again',
    )
  }
  let batch: Outcome[] = []
  const tail = new TailFiles(
    {
      globs,
      from: 'beginning',
      maxLineBytes: MAX_LINE_BYTES,
      maxFiles: MAX_FILES,
      stats,
      onLine: (line) => {
        const text = line.toString('utf8').trim()
        if (text === '') return
        stats.lines += 1
        const value = parseJsonText(text)
        const parsed = 'value' in value ? parseOutcome(value.value) : { problem: 'it is not JSON' }
        if ('problem' in parsed) outcomes.refuse()
        else batch.push(...parsed.outcomes)
      },
      onProblem: (path, reason) => logger.warn({ path, reason }, 'not following an outcome file'),
    },
    loaded !== undefined && 'files' in loaded ? loaded.files : undefined,
  )
  const stopping = new AbortController()
  let saved = ''
  const look = async (): Promise<boolean> => {
    const hasMore = await tail.look()
    const taken = batch
    batch = []
    if (taken.length > 0) await outcomes.accept(taken)
    const offsets = tail.offsets()
    const text = JSON.stringify(offsets)
    if (stateDirectory !== undefined && text !== saved) {
      await saveOffsets(stateDirectory, offsets, OFFSETS)
      saved = text
    }
    return hasMore
  }
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const hasMore = await look().catch((error: unknown) => {
        logger.error({ err: error }, 'cannot follow the outcome files')
        return false
      })
      if (!hasMore) await wait(LOOK_MS, stopping.signal)
    }
  }
  const running = run()
  return {
    stats,
    stop: async () => {
      stopping.abort()
      await running
      await tail.close()
    },
  }
}
