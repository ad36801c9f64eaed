import { Observer } from '../../src/observe/observer.ts'
import { DIRECTION, type Direction, FRAME } from '../../src/ring/frame.ts'

/** One exchange on a connection that stays open: the frames of each direction, and what opens the connection. */
export interface Shape {
  readonly name: string
  readonly client: readonly (string | Buffer)[]
  readonly server: readonly (string | Buffer)[]
  readonly open?: { readonly client: Buffer; readonly server: Buffer }
  /** Exchanges after which a new connection is opened. */
  readonly reopenAfter?: number
  /** Changes the frames of the next exchange in place, as stream ids must change. */
  readonly advance?: (ring: Buffer, frames: readonly PlacedFrame[], exchange: number) => void
}

export interface PlacedFrame {
  readonly direction: Direction
  readonly start: number
  readonly end: number
}

const CONNECTIONS = 8
const WARM_UP = 50_000
const ROUNDS = 5
const EXCHANGES = 100_000

/** Prints the median of five rounds, in CPU time of the process: a busy machine and the collector's threads count right. */
export function benchObserver(shape: Shape): void {
  let consumed = 0
  const observer = new Observer({
    onExchange: ({ target, method, request, response }) => {
      // What the pipeline reads of each exchange.
      consumed += target.length + method.length + request.body.length + response.body.length
      consumed +=
        (request.header('content-type') ?? '').length + (request.header('content-encoding') ?? '').length
      consumed += (response.header('content-type') ?? '').length
    },
    onUnobserved: (reason) => {
      throw new Error(reason)
    },
    skip: { skipUntil: () => undefined },
    limits: { bodyBytes: 2 ** 20, headerBytes: 65_536, connections: 10_000 },
  })
  const player = new RingPlayer(observer, shape)
  player.run(WARM_UP)
  const rounds: number[] = []
  let allocated = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    globalThis.gc?.()
    const heapBytes = process.memoryUsage().heapUsed
    player.run(ALLOCATION_EXCHANGES)
    allocated = (process.memoryUsage().heapUsed - heapBytes) / ALLOCATION_EXCHANGES
    const start = process.cpuUsage()
    player.run(EXCHANGES)
    const { user, system } = process.cpuUsage(start)
    rounds.push(((user + system) * 1000) / EXCHANGES)
  }
  rounds.sort((a, b) => a - b)
  const bytes =
    globalThis.gc === undefined
      ? 'run with --expose-gc for allocations'
      : `${Math.round(allocated)} bytes allocated`
  console.log(`${shape.name.padEnd(40)} ${(rounds[2] ?? 0).toFixed(0).padStart(6)} ns CPU/exchange, ${bytes}`)
  if (consumed === 0) throw new Error('nothing was observed')
}

/** Few enough that no collection falls between the two readings of the heap. */
const ALLOCATION_EXCHANGES = 2000

/** Plays the same frames on several connections in turn, from one shared array. */
class RingPlayer {
  readonly #observer: Observer
  readonly #shape: Shape
  readonly #bytes: Uint8Array
  readonly #ring: Buffer
  readonly #frames: PlacedFrame[] = []
  readonly #opening: PlacedFrame[] = []
  readonly #offsets: [number, number][] = []
  #exchange = 0
  #nextId = 0
  readonly #ids: number[] = []

  constructor(observer: Observer, shape: Shape) {
    this.#observer = observer
    this.#shape = shape
    const shared = new SharedArrayBuffer(1 << 20)
    this.#bytes = new Uint8Array(shared)
    this.#ring = Buffer.from(shared)
    let at = 64
    const place = (direction: Direction, part: string | Buffer): PlacedFrame => {
      const start = at
      at += Buffer.from(part as string).copy(this.#ring, at)
      return { direction, start, end: at }
    }
    if (shape.open !== undefined) {
      this.#opening.push(
        place(DIRECTION.TO_SERVER, shape.open.client),
        place(DIRECTION.TO_CLIENT, shape.open.server),
      )
    }
    for (const part of shape.client) this.#frames.push(place(DIRECTION.TO_SERVER, part))
    for (const part of shape.server) this.#frames.push(place(DIRECTION.TO_CLIENT, part))
    for (let slot = 0; slot < CONNECTIONS; slot += 1) this.#reopen(slot)
  }

  run(exchanges: number): void {
    const { reopenAfter = Number.POSITIVE_INFINITY, advance } = this.#shape
    for (let count = 0; count < exchanges; count += 1) {
      const slot = count % CONNECTIONS
      const turn = Math.floor(this.#exchange / CONNECTIONS)
      if (slot === 0 && turn % reopenAfter === 0 && turn > 0)
        for (let each = 0; each < CONNECTIONS; each += 1) this.#reopen(each)
      advance?.(this.#ring, this.#frames, turn % reopenAfter)
      for (const frame of this.#frames) this.#play(slot, frame)
      this.#exchange += 1
    }
  }

  #reopen(slot: number): void {
    const old = this.#ids[slot]
    if (old !== undefined)
      this.#observer.frame(FRAME.CLOSE, old, DIRECTION.TO_SERVER, 0, this.#exchange, this.#bytes, 0, 0)
    this.#ids[slot] = this.#nextId
    this.#offsets[slot] = [0, 0]
    this.#observer.frame(FRAME.OPEN, this.#nextId, DIRECTION.TO_SERVER, 0, this.#exchange, this.#bytes, 0, 0)
    this.#nextId += 1
    for (const frame of this.#opening) this.#play(slot, frame)
  }

  #play(slot: number, { direction, start, end }: PlacedFrame): void {
    const offsets = this.#offsets[slot] as [number, number]
    const id = this.#ids[slot] as number
    this.#observer.frame(
      FRAME.DATA,
      id,
      direction,
      offsets[direction],
      this.#exchange,
      this.#bytes,
      start,
      end,
    )
    offsets[direction] += end - start
  }
}
