import { connect, type NetConnectOpts, type OnReadOpts, type Socket } from 'node:net'
import { type Address, formatAddress } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { nodeTimeout } from '../lib/timers.ts'
import { type ControlBlock, UPSTREAM, type UpstreamState } from '../ring/control.ts'
import type { UpstreamTlsOptions } from './options.ts'
import { clientOptions, loadTls, type TlsFiles, upstreamFiles } from './tls.ts'

const BACKOFF_FIRST_MS = 250
const BACKOFF_LAST_MS = 4000
/** How long the result of the last connection counts as current. */
const FRESH_MS = 2000

export interface UpstreamSettings {
  readonly address: Address
  readonly control: ControlBlock
  readonly clock: Clock
  readonly logger: Logger
  /** Milliseconds until a probe counts as failed. */
  readonly connectTimeoutMs: number
  readonly tls: UpstreamTlsOptions | undefined
  /** `state` has changed. */
  readonly onState: () => void
}

/** A connection attempt. */
export interface Attempt {
  readonly socket: Socket
  /** The event after which bytes may be sent. */
  readonly ready: 'connect' | 'secureConnect'
  /** The socket delivers its bytes to the given `onread`. */
  readonly isReading: boolean
}

/**
 * The model server as shared by all connections: opens sockets to it and tracks whether that works. After a failure,
 * connects pause (250 ms, doubled up to 4 s), and then a single connection probes. A server that is still loading its
 * model receives a probe from time to time instead of every client.
 */
export class Upstream {
  readonly name: string
  readonly #settings: UpstreamSettings
  readonly #files: TlsFiles | undefined
  #backoffMs = 0
  #retryAtMs = Number.NEGATIVE_INFINITY
  #isProbing = false
  #knownAtMs = Number.NEGATIVE_INFINITY
  #hasGone = false
  #state: UpstreamState = UPSTREAM.UNKNOWN
  #probe: Promise<boolean> | undefined

  /** @throws ModeltapError CONFIG_INVALID when TLS files cannot be used */
  constructor(settings: UpstreamSettings) {
    const { address, tls, logger } = settings
    this.#settings = settings
    this.name = formatAddress(address)
    this.#files = tls === undefined ? undefined : upstreamFiles(tls, logger)
  }

  /** Checks whether TLS files have changed; new connections use the new ones. Call it from time to time. */
  refresh(): void {
    this.#files?.refresh()
  }

  /** Starts to connect; `undefined` during a back-off. */
  connect(onread?: OnReadOpts): Attempt | undefined {
    const { address, clock, tls } = this.#settings
    if (this.#backoffMs > 0) {
      const nowMs = clock.monotonicMs()
      if (nowMs < this.#retryAtMs) return undefined
      // This connection is the probe; others are refused until its result is known.
      this.#isProbing = true
      this.#retryAtMs = nowMs + this.#settings.connectTimeoutMs
    }
    const target =
      address.kind === 'unix'
        ? { path: address.path }
        : { host: address.host, port: address.port, noDelay: true }
    const shared = { ...target, allowHalfOpen: true }
    if (tls !== undefined && this.#files !== undefined) {
      const options = { ...shared, ...clientOptions(tls, this.#files) }
      return { socket: loadTls().connect(options), ready: 'secureConnect', isReading: false }
    }
    const options = onread === undefined ? shared : { ...shared, onread }
    return { socket: connect(options as NetConnectOpts), ready: 'connect', isReading: onread !== undefined }
  }

  /** Call it for each established connection. */
  succeeded(): void {
    const { clock, logger, onState } = this.#settings
    this.#knownAtMs = clock.monotonicMs()
    this.#hasGone = false
    if (this.#state === UPSTREAM.REACHABLE) return
    this.#state = UPSTREAM.REACHABLE
    this.#backoffMs = 0
    this.#isProbing = false
    onState()
    logger.info({ upstream: this.name }, 'the model server is reachable')
  }

  /** Call it for each connection that failed. */
  failed(error: NodeJS.ErrnoException): void {
    const { clock, control, logger, onState } = this.#settings
    const nowMs = clock.monotonicMs()
    this.#hasGone = error.code === 'ECONNREFUSED' || error.code === 'ENOENT'
    control.connectFailures += 1
    this.#knownAtMs = nowMs
    // Connections that were pending together fail together: one back-off step.
    if (this.#backoffMs === 0 || this.#isProbing) {
      this.#isProbing = false
      this.#backoffMs = Math.min(Math.max(BACKOFF_FIRST_MS, this.#backoffMs * 2), BACKOFF_LAST_MS)
      this.#retryAtMs = nowMs + this.#backoffMs
    }
    if (this.#state === UPSTREAM.UNREACHABLE) return
    this.#state = UPSTREAM.UNREACHABLE
    onState()
    logger.warn({ upstream: this.name, reason: error.message }, 'cannot reach the model server')
  }

  get state(): UpstreamState {
    return this.#state
  }

  /** Nothing listens at the address any more. A server that is too busy to accept does not count. */
  get hasGone(): boolean {
    return this.#hasGone
  }

  /** Whole seconds until the next attempt, at least 1. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil((this.#retryAtMs - this.#settings.clock.monotonicMs()) / 1000))
  }

  /** Whether the server accepts connections: the known state, or the result of an attempt when the state is old. */
  reachable(): Promise<boolean> {
    if (this.#settings.clock.monotonicMs() - this.#knownAtMs < FRESH_MS) {
      return Promise.resolve(this.#state === UPSTREAM.REACHABLE)
    }
    this.#probe ??= this.#attempt().finally(() => (this.#probe = undefined))
    return this.#probe
  }

  #attempt(): Promise<boolean> {
    const attempt = this.connect()
    if (attempt === undefined) return Promise.resolve(false)
    const { socket, ready } = attempt
    return new Promise((resolve) => {
      const fail = (error: Error): void => {
        socket.destroy()
        this.failed(error)
        resolve(false)
      }
      socket.once(ready, () => {
        socket.off('error', fail).on('error', ignore).destroy()
        this.succeeded()
        resolve(true)
      })
      socket.once('error', fail)
      socket.setTimeout(nodeTimeout(this.#settings.connectTimeoutMs), () =>
        fail(connectTimeout(this.#settings.connectTimeoutMs)),
      )
    })
  }
}

export function connectTimeout(milliseconds: number): Error {
  return new Error(`no connection after ${Math.round(milliseconds)} ms`)
}

const ignore = (): void => undefined
