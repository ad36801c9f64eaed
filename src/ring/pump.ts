import type { FrameSink } from './frame.ts'
import type { TapMemory } from './memory.ts'
import { RingReader } from './reader.ts'

/** Frames handled before the event loop gets its turn: the thread serves /metrics as well. */
const FRAMES_PER_TURN = 256
/** Between two looks while traffic flows. A look costs microseconds, a notification of each frame a system call. */
const POLL_MS = 2
/** Looks without a frame before the reader goes to sleep. */
const QUIET_LOOKS = 25

export interface PumpOptions {
  readonly memory: TapMemory
  readonly sink: FrameSink
  /** A frame's handling threw; that frame is passed over. Without it the error is thrown out of the event loop. */
  readonly onError?: (error: unknown) => void
}

export interface Pump {
  readonly reader: RingReader
  stop(): void
}

/**
 * Moves frames from the ring to `sink` on this thread's event loop.
 *
 * While frames come, it looks every 2 ms; after 50 ms without one it sleeps until the writer wakes it, so an idle
 * process stays at no CPU. Measured on two cores at 8 connections: see bench/load and docs/decisions.
 */
export function startPump({ memory, sink, onError }: PumpOptions): Pump {
  const reader = new RingReader(memory)
  let stopped = false
  let quiet = 0

  const turn = (): void => {
    if (stopped) return
    let frames = 0
    try {
      frames = reader.drain(sink, FRAMES_PER_TURN)
    } catch (error) {
      if (onError === undefined) throw error
      onError(error)
      frames = FRAMES_PER_TURN
    }
    if (frames === FRAMES_PER_TURN) {
      setImmediate(turn)
      return
    }
    quiet = frames > 0 ? 0 : quiet + 1
    if (quiet < QUIET_LOOKS) poll.refresh()
    else sleep()
  }
  const poll = setTimeout(turn, POLL_MS)

  const sleep = (): void => {
    quiet = 0
    const woken = reader.sleep()
    if (woken === undefined) setImmediate(turn)
    else void woken.then(turn)
  }

  return {
    reader,
    stop() {
      stopped = true
      clearTimeout(poll)
      reader.wake()
    },
  }
}
