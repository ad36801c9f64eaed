/**
 * Plays a connection, written as a list of steps, into an Observer and records what comes out. A step is one
 * millisecond, whatever the number of frames in which its bytes are delivered.
 */
import type { Exchange, Message } from '../../src/observe/exchange.ts'
import { Observer } from '../../src/observe/observer.ts'
import type { ObserverOptions } from '../../src/observe/observer-context.ts'
import type { UnobservedReason } from '../../src/observe/unobserved.ts'
import { DIRECTION, type Direction, FRAME, type FrameKind } from '../../src/ring/frame.ts'

export type Step =
  | { readonly client: string | Buffer }
  | { readonly server: string | Buffer }
  /** Forwarded but not copied by the ring. */
  | { readonly lostClient: number }
  | { readonly lostServer: number }
  | {
      readonly event:
        'client-end' | 'server-end' | 'client-reset' | 'server-reset' | 'unreachable' | 'close' | 'open'
    }
  | { readonly waitMs: number }

export interface RecordedMessage {
  readonly body: string
  readonly bodyBytes: number
  readonly truncated: boolean
  readonly firstByteMs: number
  readonly lastByteMs: number
}

export interface Recorded {
  readonly connection: number
  readonly wireProtocol: string
  readonly method: string
  readonly target: string
  readonly status: number
  readonly grpcStatus: number | undefined
  readonly outcome: string
  readonly endedMs: number | undefined
  readonly request: RecordedMessage
  readonly response: RecordedMessage
}

export interface Recording {
  readonly exchanges: Recorded[]
  readonly unobserved: Partial<Record<UnobservedReason, number>>
  readonly idle: boolean[]
  readonly skips: [Direction, number][]
}

const messageOf = (message: Message): RecordedMessage => ({
  body: Buffer.from(message.body).toString('latin1'),
  bodyBytes: message.bodyBytes,
  truncated: message.truncated,
  firstByteMs: message.firstByteMs,
  lastByteMs: message.lastByteMs,
})

export const record = (exchange: Exchange): Recorded => ({
  connection: exchange.connection,
  wireProtocol: exchange.wireProtocol,
  method: exchange.method,
  target: exchange.target,
  status: exchange.status,
  grpcStatus: exchange.grpcStatus,
  outcome: exchange.outcome,
  endedMs: exchange.endedMs,
  request: messageOf(exchange.request),
  response: messageOf(exchange.response),
})

export const LIMITS = { bodyBytes: 4096, headerBytes: 8192, connections: 1000 }

export class Player {
  readonly observer: Observer
  readonly exchanges: Recorded[] = []
  readonly unobserved: Partial<Record<UnobservedReason, number>> = {}
  readonly idle: boolean[] = []
  readonly skips: [Direction, number][] = []
  timeMs = 0
  readonly #offsets = new Map<number, [number, number]>()

  constructor(options: Partial<ObserverOptions> = {}) {
    this.observer = new Observer({
      onExchange: (exchange) => this.exchanges.push(record(exchange)),
      onUnobserved: (reason, count = 1) => {
        this.unobserved[reason] = (this.unobserved[reason] ?? 0) + count
      },
      skip: { skipUntil: (_connection, direction, offset) => this.skips.push([direction, offset]) },
      markIdle: (_connection, idle) => this.idle.push(idle),
      limits: LIMITS,
      ...options,
    })
  }

  frame(kind: FrameKind, connection: number, direction: Direction = DIRECTION.TO_SERVER): void {
    const offset = this.#offsetsOf(connection)[direction]
    this.observer.frame(kind, connection, direction, offset, this.timeMs, Buffer.alloc(0), 0, 0)
  }

  /** `cuts` are positions in the data at which a new frame begins; the frames lie somewhere inside a larger array. */
  data(connection: number, direction: Direction, data: string | Buffer, cuts: readonly number[] = []): void {
    const bytes = Buffer.from(data as string, 'latin1')
    const offsets = this.#offsetsOf(connection)
    let from = 0
    for (const to of [...cuts, bytes.length]) {
      if (to <= from || to > bytes.length) continue
      const ring = Buffer.alloc(to - from + 7, '#')
      bytes.copy(ring, 3, from, to)
      const offset = offsets[direction]
      offsets[direction] += to - from
      this.observer.frame(FRAME.DATA, connection, direction, offset, this.timeMs, ring, 3, 3 + to - from)
      // The ring is written again as soon as the call returns.
      ring.fill('!')
      from = to
    }
  }

  lose(connection: number, direction: Direction, count: number): void {
    this.#offsetsOf(connection)[direction] += count
  }

  /** Lets go of what was recorded and of the offsets, for runs of many connections. */
  forget(): void {
    this.exchanges.length = 0
    this.idle.length = 0
    this.skips.length = 0
    this.#offsets.clear()
  }

  play(
    steps: readonly Step[],
    connection = 1,
    cutsOf: (bytes: number) => readonly number[] = () => [],
  ): this {
    for (const step of steps) {
      this.timeMs += 1
      if ('client' in step)
        this.data(connection, DIRECTION.TO_SERVER, step.client, cutsOf(step.client.length))
      else if ('server' in step)
        this.data(connection, DIRECTION.TO_CLIENT, step.server, cutsOf(step.server.length))
      else if ('lostClient' in step) this.lose(connection, DIRECTION.TO_SERVER, step.lostClient)
      else if ('lostServer' in step) this.lose(connection, DIRECTION.TO_CLIENT, step.lostServer)
      else if ('waitMs' in step) this.timeMs += step.waitMs
      else this.#event(step.event, connection)
    }
    return this
  }

  get recording(): Recording {
    return { exchanges: this.exchanges, unobserved: this.unobserved, idle: this.idle, skips: this.skips }
  }

  #event(event: string, connection: number): void {
    const { TO_SERVER, TO_CLIENT } = DIRECTION
    if (event === 'open') this.frame(FRAME.OPEN, connection)
    else if (event === 'close') this.frame(FRAME.CLOSE, connection)
    else if (event === 'unreachable') this.frame(FRAME.UNREACHABLE, connection)
    else if (event === 'client-end') this.frame(FRAME.END, connection, TO_SERVER)
    else if (event === 'server-end') this.frame(FRAME.END, connection, TO_CLIENT)
    else if (event === 'client-reset') this.frame(FRAME.RESET, connection, TO_SERVER)
    else this.frame(FRAME.RESET, connection, TO_CLIENT)
  }

  #offsetsOf(connection: number): [number, number] {
    let offsets = this.#offsets.get(connection)
    if (offsets === undefined) this.#offsets.set(connection, (offsets = [0, 0]))
    return offsets
  }
}

export const OPEN: Step = { event: 'open' }
export const CLOSE: Step = { event: 'close' }
/** An orderly end by the client and then by the server. */
export const HANG_UP: readonly Step[] = [{ event: 'client-end' }, { event: 'server-end' }, CLOSE]

/** Plays one connection from OPEN and returns what was recorded. */
export function observe(
  steps: readonly Step[],
  cutsOf?: (bytes: number) => readonly number[],
  options?: Partial<ObserverOptions>,
): Recording {
  return new Player(options).play([OPEN, ...steps], 1, cutsOf).recording
}

export const everyByte = (bytes: number): number[] => Array.from({ length: bytes }, (_, index) => index)
