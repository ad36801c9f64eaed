/**
 * The main thread's side of the analysis thread: starts it, watches its heartbeat, and replaces it when it crashes or
 * stalls. Traffic never waits for any of this.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Address } from '../lib/address.ts'
import { ModeltapError } from '../errors.ts'
import { RESTART_REASONS, type RestartReason } from '../instruments/self-snapshot.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { startTimer, type Timer } from '../lib/timers.ts'
import { zeros } from '../lib/zeros.ts'
import type { ControlBlock } from '../ring/control.ts'
import type { AnalysisStart, FromAnalysis, ToAnalysis } from './messages.ts'

const BACKOFF_FIRST_MS = 100
const BACKOFF_LAST_MS = 5_000
/** A thread that lived this long starts the back-off anew. */
const STABLE_MS = 30_000
const HEARTBEAT_CHECK_MS = 1_000
/** The first heartbeat comes after imports and the opening of the admin port, so the limit also covers the start. */
const STALL_MS = 15_000
/**
 * Megabytes of the thread's heap. A leak of ours, or a payload of a kind that nobody thought of, ends the thread and not
 * the pod: it is replaced like any other crash. A nursery of 1 MB (a third of what is said here) keeps garbage out of
 * memory: 4 to 6 MB less than with one of 4 MB, and no measurable difference in CPU, since hardly anything survives a
 * request.
 */
export const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 3 }
/** Node's own name of this file, `.ts` from the sources and `.js` from dist. */
const WORKER_URL = new URL(`./worker${extname(import.meta.filename)}`, import.meta.url)

export interface AnalysisHostOptions {
  readonly start: Omit<AnalysisStart, 'restarts'>
  readonly control: ControlBlock
  readonly clock: Clock
  readonly logger: Logger
  /** Milliseconds without a heartbeat after which the thread is replaced. */
  readonly stallMs?: number
}

export class AnalysisHost {
  readonly #options: AnalysisHostOptions
  readonly #restarts = zeros(RESTART_REASONS)
  #admin: Address
  #worker: Worker | undefined
  #startedMs = 0
  #backoffMs = BACKOFF_FIRST_MS
  #stopping = false
  #restartTimer: Timer | undefined
  readonly #watch: NodeJS.Timeout

  private constructor(options: AnalysisHostOptions) {
    this.#options = options
    this.#admin = options.start.admin
    this.#watch = setInterval(() => this.#checkHeartbeat(), HEARTBEAT_CHECK_MS).unref()
  }

  /**
   * Resolves when the first thread serves the admin port.
   *
   * @throws ModeltapError when that thread cannot start, such as LISTEN_FAILED; later failures are restarts.
   */
  static async start(options: AnalysisHostOptions): Promise<AnalysisHost> {
    const host = new AnalysisHost(options)
    try {
      await new Promise<void>((resolve, reject) => host.#launch(resolve, reject))
    } catch (error) {
      await host.stop(0)
      throw error
    }
    return host
  }

  /** Where the admin port listens, with the real port number. */
  get admin(): Address {
    return this.#admin
  }

  /** How often the thread was replaced, by reason. */
  get restarts(): Readonly<Record<RestartReason, number>> {
    return this.#restarts
  }

  /** Asks the thread to write its checkpoint and flush, and ends it after at most `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    clearInterval(this.#watch)
    this.#restartTimer?.cancel()
    const worker = this.#worker
    if (worker === undefined) return
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    worker.postMessage({ kind: 'stop' } satisfies ToAnalysis)
    const deadline = startTimer(() => void worker.terminate(), graceMs)
    await exited
    deadline.cancel()
  }

  #launch(started?: () => void, failed?: (error: Error) => void): void {
    const { start, clock, logger, control } = this.#options
    this.#startedMs = clock.monotonicMs()
    control.analysisHeartbeatMs = this.#startedMs
    const workerData: AnalysisStart = { ...start, admin: this.#admin, restarts: { ...this.#restarts } }
    const worker = new Worker(WORKER_URL, { workerData, name: 'analysis', resourceLimits: RESOURCE_LIMITS })
    this.#worker = worker
    let awaited = failed
    worker.on('message', (message: FromAnalysis) => {
      if (message.kind === 'failed') {
        const error = new ModeltapError(message.code, message)
        if (awaited === undefined) logger.error({ code: message.code, hint: message.hint }, message.message)
        else awaited(error)
        return
      }
      awaited = undefined
      this.#admin = message.admin
      started?.()
    })
    worker.on('error', (error) => {
      logger.error({ err: error }, 'the analysis thread failed; traffic goes on')
      awaited?.(error as Error)
    })
    worker.on('exit', (code) => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      if (awaited !== undefined)
        awaited(new Error(`the analysis thread ended with code ${code} before it was ready`))
      else if (!this.#stopping) this.#restart('crash')
    })
  }

  #restart(reason: RestartReason): void {
    const { clock, logger } = this.#options
    this.#restarts[reason] += 1
    if (clock.monotonicMs() - this.#startedMs > STABLE_MS) this.#backoffMs = BACKOFF_FIRST_MS
    logger.warn({ reason, inMs: this.#backoffMs }, 'the analysis thread is being replaced; traffic goes on')
    this.#restartTimer = startTimer(() => this.#launch(), this.#backoffMs)
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_LAST_MS)
  }

  #checkHeartbeat(): void {
    const { clock, control, stallMs = STALL_MS } = this.#options
    const worker = this.#worker
    if (worker === undefined || this.#stopping) return
    if (clock.monotonicMs() - control.analysisHeartbeatMs <= stallMs) return
    // Detached first, so that its exit is not taken for a crash as well.
    this.#worker = undefined
    void worker.terminate()
    this.#restart('stall')
  }
}
