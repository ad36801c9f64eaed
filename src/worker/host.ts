/**
 * The main thread's side of the analysis thread: starts it, monitors its heartbeat, and replaces it after a crash or a
 * stall. Traffic never waits for this.
 */
import { extname } from 'node:path'
import { MessageChannel, Worker } from 'node:worker_threads'
import type { AdminPort } from '../admin-port/admin-port.ts'
import { ModeltapError } from '../errors.ts'
import { type ConfigReload, RESTART_REASONS, type RestartReason } from '../instruments/self-snapshot.ts'
import type { Clock } from '../lib/clock.ts'
import { errorForLog } from '../lib/error-for-log.ts'
import type { Logger } from '../lib/logger.ts'
import { startTimer, type Timer } from '../lib/timers.ts'
import { zeros } from '../lib/zeros.ts'
import type { ControlBlock } from '../ring/control.ts'
import { Deaths } from './deaths.ts'
import type { AnalysisStart, FromAnalysis, ToAnalysis } from './messages.ts'

const BACKOFF_FIRST_MS = 100
const BACKOFF_LAST_MS = 5_000
/** A thread that ran this long resets the back-off. */
const STABLE_MS = 30_000
const HEARTBEAT_CHECK_MS = 1_000
/** The first heartbeat follows the imports and the opening of the admin port, so the limit also covers the start. */
const STALL_MS = 15_000
/**
 * Heap limits of the thread in megabytes. A leak, or an unforeseen kind of payload, ends the thread and not the pod; it
 * is replaced like after any other crash. A nursery of 1 MB (a third of this value) keeps garbage out of memory: 4 to 6
 * MB less than with 4 MB, without a measurable difference in CPU, since hardly anything survives a request.
 */
export const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 3 }
/** URL of the worker, `.ts` in the sources and `.js` in dist. */
const WORKER_URL = new URL(`./worker${extname(import.meta.filename)}`, import.meta.url)

export interface AnalysisHostOptions {
  readonly start: Omit<
    AnalysisStart,
    'restarts' | 'fatalBodies' | 'adminPort' | 'withoutState' | 'checkpoint' | 'configReload'
  >
  readonly control: ControlBlock
  /** Receives each thread's end of the admin port. */
  readonly adminPort: Pick<AdminPort, 'attach' | 'detach' | 'hold'>
  readonly clock: Clock
  readonly logger: Logger
  /** Milliseconds without a heartbeat after which the thread is replaced. */
  readonly stallMs?: number
}

export type ReloadedSettings = Pick<AnalysisStart, 'config' | 'baseline' | 'logger'>

export class AnalysisHost {
  readonly #options: AnalysisHostOptions
  #start: AnalysisHostOptions['start']
  #configReload: ConfigReload | undefined
  /** A thread is being replaced on purpose. */
  #isReloading = false
  readonly #restarts = zeros(RESTART_REASONS)
  readonly #deaths = new Deaths()
  #worker: Worker | undefined
  /** The checkpoint in memory from the last thread. */
  #checkpoint: SharedArrayBuffer | undefined
  /** `state.directory`, after another process has released it. */
  #freedDirectory: string | undefined
  #startedMs = 0
  #backoffMs = BACKOFF_FIRST_MS
  /** Consecutive threads that failed to start. */
  #failedStarts = 0
  /** Number of threads that ended, for any reason. */
  #ends = 0
  #stopping = false
  #restartTimer: Timer | undefined
  #onStarted: ((refused?: Error) => void) | undefined
  readonly #watch: NodeJS.Timeout

  private constructor(options: AnalysisHostOptions) {
    this.#options = options
    this.#start = options.start
    this.#watch = setInterval(() => this.#checkHeartbeat(), HEARTBEAT_CHECK_MS).unref()
  }

  /**
   * Resolves when a thread is ready, or after two failed: traffic does not need one, and further attempts follow.
   *
   * @throws ModeltapError LISTEN_FAILED when a port of the first thread cannot be opened
   */
  static async start(options: AnalysisHostOptions): Promise<AnalysisHost> {
    const host = new AnalysisHost(options)
    const refused = await host.#launchAndWait()
    if (refused === undefined) return host
    await host.stop(0)
    throw refused
  }

  /** Returns why the thread did not start. */
  async #launchAndWait(): Promise<Error | undefined> {
    if (this.#stopping) return undefined
    this.#ends = 0
    const refused = await new Promise<Error | undefined>((resolve) => {
      this.#onStarted = resolve
      this.#launch()
    })
    this.#onStarted = undefined
    return refused
  }

  /** Number of replacements by reason. */
  get restarts(): Readonly<Record<RestartReason, number>> {
    return this.#restarts
  }

  /** Requests a checkpoint and a flush, and ends the thread after at most `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    clearInterval(this.#watch)
    this.#restartTimer?.cancel()
    await this.#endThread(graceMs)
  }

  /**
   * Replaces the thread by one with other settings. The next one restores its state. Meanwhile, traffic waits in the
   * ring, and connections of the admin port wait too.
   *
   * @throws ModeltapError when the next one cannot start; then one with the former settings runs
   */
  async reload(settings: ReloadedSettings, graceMs: number): Promise<void> {
    if (this.#stopping) return
    const former = this.#start
    const state = { ...settings.config.state, directory: former.config.state.directory }
    this.#isReloading = true
    this.#restartTimer?.cancel()
    this.#options.adminPort.hold()
    await this.#endThread(graceMs)
    const checkpoint = this.#checkpoint
    this.#start = { ...former, ...settings, config: { ...settings.config, state } }
    const refused = await this.#launchAndWait()
    this.#isReloading = false
    if (refused === undefined || this.#stopping) return
    this.#start = former
    // The failed thread may have dropped windows that do not fit its settings.
    this.#checkpoint = checkpoint
    this.#launch()
    throw refused
  }

  /** Result of the latest reload, for the metrics of this thread and of later ones. */
  tellReload(state: ConfigReload): void {
    this.#configReload = state
    this.#worker?.postMessage({ kind: 'config-reload', state } satisfies ToAnalysis)
  }

  async #endThread(graceMs: number): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    worker.postMessage({ kind: 'stop' } satisfies ToAnalysis)
    const deadline = startTimer(() => void worker.terminate(), graceMs)
    await exited
    deadline.cancel()
  }

  /** Another process has released `state.directory`; from now on this process owns it. */
  useStateDirectory(directory: string): void {
    this.#freedDirectory = directory
    this.#worker?.postMessage({ kind: 'state-directory', directory } satisfies ToAnalysis)
  }

  #freedState(): Pick<AnalysisStart, 'config' | 'isStateLocked'> {
    const { config, isStateLocked } = this.#start
    const directory = this.#freedDirectory
    if (directory === undefined) return { config, isStateLocked }
    return { config: { ...config, state: { ...config.state, directory } }, isStateLocked: false }
  }

  #launch(): void {
    const { clock, logger, control, adminPort } = this.#options
    this.#startedMs = clock.monotonicMs()
    control.analysisHeartbeatMs = this.#startedMs
    const { port1, port2 } = new MessageChannel()
    const workerData: AnalysisStart = {
      ...this.#start,
      ...this.#freedState(),
      configReload: this.#configReload,
      checkpoint: this.#checkpoint,
      adminPort: port2,
      restarts: { ...this.#restarts },
      fatalBodies: this.#deaths.fatalBodies,
      withoutState: this.#failedStarts > 0,
    }
    const worker = new Worker(WORKER_URL, {
      workerData,
      transferList: [port2],
      name: 'analysis',
      resourceLimits: RESOURCE_LIMITS,
    })
    this.#worker = worker
    adminPort.attach(port1)
    let hasRestored = false
    let hasFailed = false
    worker.on('message', (message: FromAnalysis) => {
      switch (message.kind) {
        case 'checkpoint':
          this.#checkpoint = message.checkpoint
          break
        case 'restored':
          hasRestored = true
          break
        case 'ready':
          this.#failedStarts = 0
          this.#onStarted?.()
          break
        case 'failed':
          hasFailed = true
          this.#tellFailure(message)
      }
    })
    worker.on('error', (error) => {
      logger.error({ err: errorForLog(error) }, 'the analysis thread failed; traffic continues')
    })
    worker.on('exit', () => {
      if (this.#worker !== worker) return
      // Crashes caused by traffic do not discard the restored state. Otherwise anyone who can crash threads could
      // delete everything that was learned.
      if (!this.#isReloading && (!hasRestored || hasFailed)) this.#failedToStart()
      this.#detach()
      if (this.#isReloading) this.#onStarted?.(notReady())
      else if (!this.#stopping) this.#restart('crash')
    })
  }

  #tellFailure({ code, message, hint }: Extract<FromAnalysis, { kind: 'failed' }>): void {
    // The thread itself has logged errors outside the catalogue.
    if (code === undefined || hint === undefined) return
    const error = new ModeltapError(code, { message, hint })
    if (code === 'LISTEN_FAILED' && this.#onStarted !== undefined) this.#onStarted(error)
    else this.#options.logger.error({ code, hint }, message)
  }

  #failedToStart(): void {
    this.#failedStarts += 1
    this.#checkpoint = undefined
  }

  #detach(): void {
    this.#worker = undefined
    this.#options.adminPort.detach()
    this.#ends += 1
    if (this.#ends > 1) this.#onStarted?.()
  }

  #restart(reason: RestartReason): void {
    const { clock, logger, control } = this.#options
    this.#restarts[reason] += 1
    if (this.#deaths.note(control))
      logger.warn('the analysis thread ended while it read a body; such bodies are passed over from now on')
    if (clock.monotonicMs() - this.#startedMs > STABLE_MS) this.#backoffMs = BACKOFF_FIRST_MS
    logger.warn({ reason, inMs: this.#backoffMs }, 'restarting the analysis thread; traffic continues')
    this.#restartTimer = startTimer(() => this.#launch(), this.#backoffMs)
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_LAST_MS)
  }

  #checkHeartbeat(): void {
    const { clock, control, stallMs = STALL_MS } = this.#options
    const worker = this.#worker
    if (worker === undefined || this.#stopping) return
    if (clock.monotonicMs() - control.analysisHeartbeatMs <= stallMs) return
    // Detached first, so that its exit does not count as another crash.
    this.#detach()
    void worker.terminate()
    if (this.#isReloading) this.#onStarted?.(notReady())
    else this.#restart('stall')
  }
}

function notReady(): ModeltapError {
  return new ModeltapError('CONFIG_INVALID', {
    message: 'the analysis thread ended before it was ready',
    hint: 'The lines above say why. If they name no key of the configuration, this is a bug; please report it.',
  })
}
