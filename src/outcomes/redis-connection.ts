/** One connection to Redis or Valkey that is either up or down: a command that times out closes it. */
import type { createClient } from '@redis/client'
import type { Logger } from '../lib/logger.ts'
import { startTimer } from '../lib/timers.ts'

/** Timeout of every operation. */
const COMMAND_MS = 2_000
/** Longest back-off between attempts to connect. */
const LONGEST_BACKOFF_MS = 10_000
/** Error replies of the server; the connection stays open. */
const REPLY_ERROR = /^(?:OOM|ERR|NOSCRIPT|READONLY|MISCONF|LOADING|BUSY|NOPERM|WRONGTYPE|MOVED|CLUSTERDOWN)\b/

type Client = ReturnType<typeof createClient>

export interface RedisOptions {
  readonly url: string
  readonly username: string | undefined
  readonly password: string | undefined
  readonly logger: Logger
}

export type RedisReply =
  | { readonly value: unknown }
  | { readonly failure: 'down' }
  | { readonly failure: 'refused'; readonly message: string }

export class RedisConnection {
  readonly #options: RedisOptions
  #client: Client | undefined
  #nextTryMs = 0
  #backoffMs = 500
  #hasTold = false

  constructor(options: RedisOptions) {
    this.#options = options
  }

  get isUp(): boolean {
    return this.#client?.isReady === true
  }

  /** Tries to connect when the back-off has ended. Never rejects. */
  async connect(nowMs: number): Promise<void> {
    if (this.isUp || nowMs < this.#nextTryMs) return
    this.#drop()
    const { createClient: create } = await import('@redis/client')
    const { url, username, password, logger } = this.#options
    const client: Client = create({
      url,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      socket: { connectTimeout: COMMAND_MS, reconnectStrategy: false },
      disableOfflineQueue: true,
    })
    // Without a listener, a socket error would end the process; commands report the error too.
    client.on('error', () => undefined)
    try {
      await withinTime(client.connect())
      this.#client = client
      this.#backoffMs = 500
      if (this.#hasTold) logger.info('the outcome store answers again')
      this.#hasTold = false
    } catch (error) {
      destroy(client)
      this.#tell(error)
      this.#nextTryMs = nowMs + this.#backoffMs
      this.#backoffMs = Math.min(this.#backoffMs * 2, LONGEST_BACKOFF_MS)
    }
  }

  /** Never rejects. */
  async script(script: string, keys: readonly string[], values: readonly string[]): Promise<RedisReply> {
    return this.command(['EVAL', script, String(keys.length), ...keys, ...values])
  }

  async command(words: readonly string[]): Promise<RedisReply> {
    const client = this.#client
    if (client?.isReady !== true) return { failure: 'down' }
    try {
      return { value: await withinTime(client.sendCommand([...words])) }
    } catch (error) {
      const { message } = error as Error
      if (REPLY_ERROR.test(message)) return { failure: 'refused', message }
      this.#tell(error)
      this.#drop()
      return { failure: 'down' }
    }
  }

  close(): void {
    this.#drop()
  }

  #drop(): void {
    if (this.#client !== undefined) destroy(this.#client)
    this.#client = undefined
  }

  #tell(error: unknown): void {
    if (this.#hasTold) return
    this.#hasTold = true
    this.#options.logger.error(
      { err: error },
      'the outcome store does not answer; predictions and labels wait in state.directory',
    )
  }
}

function destroy(client: Client): void {
  try {
    client.destroy()
  } catch {
    // It was not open.
  }
}

function withinTime<Value>(work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = startTimer(() => reject(new Error(`no answer within ${COMMAND_MS} ms`)), COMMAND_MS, {
      keepsAlive: false,
    })
    work.then(resolve, reject).finally(() => timer.cancel())
  })
}
