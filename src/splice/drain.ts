/** Shuts down the data plane: no accepted request is lost, and no connection is waited for without limit. */
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { startTimer, wait } from '../lib/timers.ts'
import { type ControlBlock, DRAIN } from '../ring/control.ts'
import type { Connection } from './connection.ts'

/** How often connections are checked. */
const LOOK_MS = 1
/** While clients keep connecting: maximum wait before the port is closed. */
const ACCEPT_WAITING_MS = 1000
/** The port is closed after so many looks, a millisecond apart, at which no client had come. */
const QUIET_LOOKS = 3
/** During the drain delay: how often the model server is looked after. */
const DELAY_LOOK_MS = 10

export interface Drain {
  /** The open connections; read repeatedly while they end. */
  readonly connections: ReadonlyMap<number, Pick<Connection, 'startDraining' | 'drain' | 'abort'>>
  readonly upstream: { readonly hasGone: () => boolean }
  readonly control: ControlBlock
  readonly clock: Clock
  readonly logger: Logger
  /** From now on the kernel keeps at most one connection that is not accepted yet. */
  readonly shrinkQueue: () => void
  readonly closePort: () => void
  /** Resolves when no connection is open. */
  readonly empty: () => Promise<void>
}

export interface DrainTimes {
  /** How long new connections are still accepted. */
  readonly delayMs: number
  /** After the delay: how long running exchanges may take. */
  readonly timeoutMs: number
}

/**
 * Shuts down in order: report not ready at once; refuse new connections after the delay; end connections when they are
 * between exchanges; cut the rest after the timeout. Resolves when no connection is open.
 */
export async function drain(drain: Drain, { delayMs, timeoutMs }: DrainTimes): Promise<void> {
  drain.control.drainState = DRAIN.DRAINING
  await waitForDelay(drain, delayMs)
  await acceptWaiting(drain)
  drain.closePort()
  for (const connection of drain.connections.values()) connection.startDraining()
  const deadline = startTimer(() => cut(drain), timeoutMs)
  endIdle(drain)
  await drain.empty()
  deadline.cancel()
  drain.control.drainState = DRAIN.DRAINED
}

/**
 * Resolves after the drain delay, or when the model server stops earlier. After that, a refused client tries another
 * instance without losing a request, while an accepted client would only receive a 503.
 */
async function waitForDelay({ clock, upstream }: Drain, delayMs: number): Promise<void> {
  const endMs = clock.monotonicMs() + delayMs
  while (clock.monotonicMs() < endMs && !upstream.hasGone()) await wait(Math.min(DELAY_LOOK_MS, delayMs))
}

/**
 * Closing a port resets the connections in its accept queue. So the queue is made short first, and the port is closed
 * when no client has come for some milliseconds. The pauses matter: on a busy machine the clients run only while this
 * process rests, and come all at once.
 */
async function acceptWaiting({ clock, control, shrinkQueue }: Drain): Promise<void> {
  const endMs = clock.monotonicMs() + ACCEPT_WAITING_MS
  const count = (): number => control.connectionsAccepted + control.connectionsRefused
  shrinkQueue()
  let before = count()
  let quiet = 0
  while (quiet < QUIET_LOOKS && clock.monotonicMs() < endMs) {
    await wait(LOOK_MS)
    // The event loop accepts one connection in a turn. The wait ends somewhere in the middle of one.
    await turnOfEventLoop()
    await turnOfEventLoop()
    quiet = count() === before ? quiet + 1 : 0
    before = count()
  }
}

/**
 * Checks repeatedly until no connection is open. At most one connection ends in a turn of the event loop, because the
 * FIN leaves at the end of the turn. It then follows the last bytes of its response by microseconds, and the client
 * sees it before it reuses the connection.
 */
function endIdle(drain: Drain): void {
  const nowMs = drain.clock.monotonicMs()
  let hasEnded = false
  for (const connection of drain.connections.values()) {
    hasEnded = connection.drain(nowMs)
    if (hasEnded) break
  }
  if (drain.connections.size === 0) return
  if (hasEnded) setImmediate(() => endIdle(drain))
  else setTimeout(() => endIdle(drain), LOOK_MS)
}

function cut({ connections, logger }: Drain): void {
  logger.warn({ connections: connections.size }, 'drain timeout; closing the remaining connections')
  for (const connection of connections.values()) connection.abort()
}

const turnOfEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
