import { connect, type NetConnectOpts, type OnReadOpts, type Socket } from 'node:net'
import { type Address, formatAddress } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { nodeTimeout } from '../lib/timers.ts'
import { type ControlBlock, UPSTREAM } from '../ring/control.ts'
import type { UpstreamTlsOptions } from './options.ts'
import { clientOptions, loadTls, type TlsFiles, upstreamFiles } from './tls.ts'

const BACKOFF_FIRST_MS = 250
const BACKOFF_LAST_MS = 4000
/** How long what was learned from the last connection counts as knowledge of the present. */
const FRESH_MS = 2000

export interface UpstreamSettings {
  readonly address: Address
  readonly control: ControlBlock
  readonly clock: Clock
  readonly logger: Logger
  /** Milliseconds until a probe counts as failed. */
  readonly connectTimeoutMs: number
  readonly tls: UpstreamTlsOptions | undefined
}

/** A connection under way. */
export interface Attempt {
  readonly socket: Socket
  /** The event that says that bytes may be sent. */
  readonly ready: 'connect' | 'secureConnect'
  /** The socket hands its bytes to the `onread` that was given. */
  readonly isReading: boolean
}

/**
 * The model server as all connections share it: opens sockets to it, and knows whether that works. After a failure
 * nobody tries again for a while (250 ms, doubled up to 4 s), then one connection does: a server that is still
 * loading its model meets a probe now and then instead of every client.
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
  #probe: Promise<boolean> | undefined

  /** @throws ModeltapError CONFIG_INVALID when TLS files cannot be used */
  constructor(settings: UpstreamSettings) {
    const { address, tls, logger } = settings
    this.#settings = settings
    this.name = formatAddress(address)
    this.#files = tls === undefined ? undefined : upstreamFiles(tls, logger)
  }

  /** Looks whether TLS files have changed; new connections use the new ones. To be called now and then. */
  refresh(): void {
    this.#files?.refresh()
  }

  /** Begins to connect; `undefined` while the server is not to be bothered. */
  connect(onread?: OnReadOpts): Attempt | undefined {
    const { address, clock, tls } = this.#settings
    if (this.#backoffMs > 0) {
      const nowMs = clock.monotonicMs()
      if (nowMs < this.#retryAtMs) return undefined
      // This connection is the probe; the others go on being refused until it is decided.
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
    const { clock, control, logger } = this.#settings
    this.#knownAtMs = clock.monotonicMs()
    this.#hasGone = false
    if (control.upstreamState === UPSTREAM.REACHABLE) return
    control.upstreamState = UPSTREAM.REACHABLE
    this.#backoffMs = 0
    this.#isProbing = false
    logger.info({ upstream: this.name }, 'the model server is reachable')
  }

  /** Call it for each connection that could not be established. */
  failed(error: NodeJS.ErrnoException): void {
    const { clock, control, logger } = this.#settings
    const nowMs = clock.monotonicMs()
    this.#hasGone = error.code === 'ECONNREFUSED' || error.code === 'ENOENT'
    control.connectFailures += 1
    this.#knownAtMs = nowMs
    // Connections that were under way together fail together: one step of back-off.
    if (this.#backoffMs === 0 || this.#isProbing) {
      this.#isProbing = false
      this.#backoffMs = Math.min(Math.max(BACKOFF_FIRST_MS, this.#backoffMs * 2), BACKOFF_LAST_MS)
      this.#retryAtMs = nowMs + this.#backoffMs
    }
    if (control.upstreamState === UPSTREAM.UNREACHABLE) return
    control.upstreamState = UPSTREAM.UNREACHABLE
    logger.warn({ upstream: this.name, reason: error.message }, 'cannot reach the model server')
  }

  /** Nobody listens at the address any more; a server that is only too busy to accept has not gone. */
  get hasGone(): boolean {
    return this.#hasGone
  }

  /** Whole seconds until another attempt is made, at least 1. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil((this.#retryAtMs - this.#settings.clock.monotonicMs()) / 1000))
  }

  /** Whether the server accepts connections: what is known, or, when that is old, what one attempt shows. */
  reachable(): Promise<boolean> {
    const { clock, control } = this.#settings
    if (clock.monotonicMs() - this.#knownAtMs < FRESH_MS) {
      return Promise.resolve(control.upstreamState === UPSTREAM.REACHABLE)
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
