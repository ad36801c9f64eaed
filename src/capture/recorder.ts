/**
 * Keeps tcpdump running: restarts it with back-off when it ends, and changes its filter without a gap.
 *
 * tcpdump cannot change its filter while it runs. A second tcpdump therefore starts beside the first, and its output
 * waits in the pipe and in the kernel's buffer. When the first delivers a packet that the second has captured too, the
 * first is stopped. The second is then read from the packet after the last one of the first.
 */
import type { Logger } from '../lib/logger.ts'
import { startTimer, type Timer } from '../lib/timers.ts'
import { RecorderRun, type RunOptions } from './recorder-run.ts'
import type { TcpdumpFault } from './tcpdump.ts'

export interface RecorderOptions extends RunOptions {
  readonly logger: Logger
  /** Whether packets can arrive. */
  readonly onUp: (isUp: boolean) => void
  readonly onRestart: () => void
  /** Packets after this call have passed this filter. */
  readonly onFilter: (filter: string) => void
}

const FIRST_BACKOFF_MS = 100
const LAST_BACKOFF_MS = 5_000
const STABLE_MS = 30_000
/** Longest wait for a packet that both processes captured; the marker arrives four times a second. */
const HANDOVER_MS = 2_000

export class Recorder {
  readonly #given: RecorderOptions
  #filter: string
  #current: RecorderRun | undefined
  #next: RecorderRun | undefined
  #handover: Timer | undefined
  /** The current tcpdump was told to end, so that the next one takes over. */
  #isHandingOver = false
  #restart: Timer | undefined
  #backoffMs = FIRST_BACKOFF_MS
  #startedMs = 0
  #isStopped = false

  constructor(filter: string, given: RecorderOptions) {
    this.#filter = filter
    this.#given = given
  }

  /** Resolves when packets can arrive, or with the problem. A tcpdump that ends later is restarted. */
  start(): Promise<TcpdumpFault | undefined> {
    return new Promise((resolve) => {
      this.#launch(
        () => resolve(undefined),
        (fault) => resolve(fault),
      )
    })
  }

  /** Whether a filter is being changed. */
  get isChanging(): boolean {
    return this.#next !== undefined
  }

  /** Uses another filter as soon as possible; `onFilter` reports when. */
  change(filter: string): void {
    this.#filter = filter
    // Otherwise the next start uses it.
    if (this.#current?.isListening !== true || this.isChanging) return
    const next = new RecorderRun(filter, this.#given, {
      onListening: () => {
        this.#handover = startTimer(() => this.#current?.stop(), HANDOVER_MS)
      },
      onEnd: (fault) => this.#ended(next, fault),
    })
    this.#next = next
  }

  askCounts(): void {
    this.#current?.askCounts()
  }

  stop(): void {
    this.#isStopped = true
    this.#restart?.cancel()
    this.#handover?.cancel()
    this.#current?.stop()
    this.#next?.stop()
  }

  #launch(onListening: () => void, onFailed: (fault: TcpdumpFault) => void): void {
    this.#startedMs = this.#given.clock.monotonicMs()
    const run = new RecorderRun(this.#filter, this.#given, {
      onListening: () => {
        this.#given.onFilter(run.filter)
        this.#given.onUp(true)
        onListening()
      },
      onEnd: (fault) => {
        if (run.isListening) this.#ended(run, fault)
        else if (!this.#isStopped) onFailed(fault)
      },
    })
    this.#current = run
    run.readAfter(Number.NEGATIVE_INFINITY, (epochMs) => this.#packet(epochMs))
  }

  /** A packet of the current tcpdump was read. */
  #packet(epochMs: number): void {
    if (this.#next === undefined || this.#isHandingOver || epochMs <= this.#next.listensSinceMs) return
    this.#isHandingOver = true
    this.#current?.stop()
  }

  #ended(run: RecorderRun, fault: TcpdumpFault): void {
    if (this.#isStopped) return
    const next = this.#next
    if (run === next) {
      this.#abandonNext()
      this.#given.logger.warn(fault, 'tcpdump with a new filter ended; the capture goes on with the old one')
    } else if (next?.isListening === true) {
      this.#handOver(run, next)
    } else {
      this.#abandonNext()
      this.#given.onUp(false)
      this.#relaunch(fault)
    }
  }

  #handOver(from: RecorderRun, to: RecorderRun): void {
    this.#handover?.cancel()
    this.#isHandingOver = false
    this.#next = undefined
    this.#current = to
    this.#given.onFilter(to.filter)
    to.readAfter(from.lastEpochMs, (epochMs) => this.#packet(epochMs))
    if (to.filter !== this.#filter) this.change(this.#filter)
  }

  #abandonNext(): void {
    this.#handover?.cancel()
    this.#isHandingOver = false
    const next = this.#next
    this.#next = undefined
    next?.stop()
  }

  /** Connections continue by their sequence numbers: packets missed meanwhile are a gap. */
  #relaunch(fault: TcpdumpFault): void {
    const { logger, clock, onRestart } = this.#given
    if (clock.monotonicMs() - this.#startedMs > STABLE_MS) this.#backoffMs = FIRST_BACKOFF_MS
    logger.warn({ ...fault, inMs: this.#backoffMs }, 'tcpdump ended; restarting it, no request is affected')
    onRestart()
    this.#restart = startTimer(
      () =>
        this.#launch(
          () => undefined,
          (again) => this.#relaunch(again),
        ),
      this.#backoffMs,
    )
    this.#backoffMs = Math.min(this.#backoffMs * 2, LAST_BACKOFF_MS)
  }
}
