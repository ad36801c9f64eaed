/** Follows prediction logs and access logs, delivers their lines, and stores offsets for a restart. */
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { wait } from '../lib/timers.ts'
import { LineFields } from './line-fields.ts'
import { compileLinePattern, type LinePattern } from './line-pattern.ts'
import { LineReader } from './line-reader.ts'
import type { ColumnNames } from './line-rows.ts'
import type { RecordSink } from './record-sink.ts'
import { TailFiles } from './tail-files.ts'
import { loadOffsets, type SavedOffset, saveOffsets } from './tail-offsets.ts'
import type { TailOptions } from './tail-options.ts'
import type { TailStats } from './tail-stats.ts'

/** A crash repeats at most the lines of this period; the counts of these lines are lost with it. */
const SAVE_INTERVAL_MS = 1_000

export interface TailFollowerDependencies {
  readonly options: TailOptions
  readonly columnNames: ColumnNames
  readonly maxColumns: number
  /** Directory for offsets; without one, every start is the first. */
  readonly stateDirectory: string | undefined
  /** Offsets that match the restored windows; they override the offsets in the directory. */
  readonly kept: readonly SavedOffset[] | undefined
  readonly stats: TailStats
  readonly clock: Clock
  readonly logger: Logger
  readonly sink: RecordSink
}

export class TailFollower {
  readonly #dependencies: TailFollowerDependencies
  readonly #reader: LineReader
  readonly #files: TailFiles
  readonly #stopping = new AbortController()
  #savedMs: number
  #savedText = ''
  #hasFailed = false
  #running: Promise<void> | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #lastOffsets: readonly SavedOffset[] | undefined

  private constructor(dependencies: TailFollowerDependencies, saved: readonly SavedOffset[] | undefined) {
    const { options, columnNames, maxColumns, clock, logger, sink, stats } = dependencies
    this.#dependencies = dependencies
    this.#savedMs = clock.monotonicMs()
    this.#reader = new LineReader({
      options: { format: options.format, maxAge: options.maxAge, pattern: patternOf(options) },
      fields: new LineFields({ ...options, isAccessLog: options.format === 'json' }),
      columnNames,
      maxColumns,
      clock,
      sink,
      stats,
      acceptsGuesses: false,
    })
    this.#files = new TailFiles(
      {
        globs: options.files,
        from: options.from,
        maxLineBytes: options.maxLineBytes,
        maxFiles: options.maxFiles,
        stats,
        onLine: this.#reader.accept,
        onProblem: (path, reason) => logger.warn({ path, reason }, 'not following a log file'),
      },
      saved,
    )
  }

  /** Starts where reading stopped. Unusable offsets are logged, and the start then counts as the first. */
  static async open(dependencies: TailFollowerDependencies): Promise<TailFollower> {
    const { stateDirectory, logger, kept } = dependencies
    if (kept !== undefined) return new TailFollower(dependencies, kept)
    const loaded = stateDirectory === undefined ? undefined : await loadOffsets(stateDirectory)
    if (loaded !== undefined && 'problem' in loaded) {
      logger.warn(
        { problem: loaded.problem },
        'cannot use the saved offsets of the log files; starting at tail.from',
      )
      return new TailFollower(dependencies, undefined)
    }
    return new TailFollower(dependencies, loaded?.files)
  }

  /** Reads until `stop`. Resolves after the first check: later files are new and read completely. */
  async start(): Promise<void> {
    const hasMore = await this.#lookSafely()
    this.#running = this.#run(hasMore)
  }

  /** Checks all files once; true when more can be read immediately. Tests call it instead of `start`. */
  look(): Promise<boolean> {
    return this.hold(async () => {
      const hasMore = await this.#files.look()
      this.#reader.expire()
      await this.#save()
      return hasMore
    })
  }

  /** The position in each file. */
  offsets(): readonly SavedOffset[] {
    return this.#lastOffsets ?? this.#files.offsets()
  }

  /** Delivers no line while `work` runs, so that the saved state matches `offsets` exactly. */
  hold<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }

  /** Stops after the current lines, and saves the offsets. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    this.#reader.close()
    this.#savedMs = Number.NEGATIVE_INFINITY
    await this.#save().catch((error: unknown) => this.#tell(error))
    this.#lastOffsets = this.#files.offsets()
    await this.#files.close()
  }

  async #run(hasMore: boolean): Promise<void> {
    const { signal } = this.#stopping
    for (let goesOn = hasMore; !signal.aborted; goesOn = await this.#lookSafely()) {
      if (goesOn) continue
      await wait(this.#dependencies.options.interval, signal)
    }
  }

  async #lookSafely(): Promise<boolean> {
    try {
      return await this.look()
    } catch (error) {
      this.#tell(error)
      return false
    }
  }

  async #save(): Promise<void> {
    const { stateDirectory, clock } = this.#dependencies
    const nowMs = clock.monotonicMs()
    if (stateDirectory === undefined || nowMs - this.#savedMs < SAVE_INTERVAL_MS) return
    this.#savedMs = nowMs
    const offsets = this.#files.offsets()
    const text = JSON.stringify(offsets)
    if (text === this.#savedText) return
    await saveOffsets(stateDirectory, offsets)
    this.#savedText = text
  }

  /** A full disk fails at every check: logged once. */
  #tell(error: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#dependencies.logger.error({ err: error }, 'cannot follow the log files')
  }
}

/** The configuration has already validated the pattern. */
function patternOf({ pattern }: TailOptions): LinePattern | undefined {
  const compiled = pattern === undefined ? undefined : compileLinePattern(pattern)
  return compiled !== undefined && 'read' in compiled ? compiled.read : undefined
}
