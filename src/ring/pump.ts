import type { FrameSink } from './frame.ts'
import type { TapMemory } from './memory.ts'
import { RingReader } from './reader.ts'

/** Frames handled in one go: the thread serves /metrics as well. */
const FRAMES_PER_LOOK = 256
/** Between two looks while traffic flows. A look costs microseconds, a notification of each frame a system call. */
const POLL_MS = 2
/** Looks without a frame before the reader goes to sleep. */
const QUIET_LOOKS = 25
/** Frames since the last look from which on traffic is dense: some 25,000 exchanges a second. */
const DENSE_FRAMES = 100
/**
 * Between two looks while traffic is dense. What gathers in 2 ms then takes half a millisecond to analyse, and where cores
 * are few the splice waits behind it, with every connection: the kernel does not move a thread for so short a while.
 * Throughput at 8 connections on two cores: 1.2 times that of looks each 2 ms.
 */
const DENSE_POLL_MS = 0.02
/** Looks before the event loop gets its turn: 2 ms, because the kernel makes 0.07 ms of a pause. */
const DENSE_LOOKS = 25

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
 * While frames come, it looks every 2 ms, and in much smaller steps while they are many; after 50 ms without one it sleeps
 * until the writer wakes it, so an idle process stays at no CPU. Measured on two cores at 8 connections: see bench/load and
 * docs/decisions.
 */
export function startPump({ memory, sink, onError }: PumpOptions): Pump {
  const reader = new RingReader(memory)
  let stopped = false
  let quiet = 0
  let isDense = false

  const turn = (): void => {
    if (stopped) return
    let frames = 0
    try {
      frames = isDense ? drainDense() : reader.drain(sink, FRAMES_PER_LOOK)
    } catch (error) {
      if (onError === undefined) throw error
      onError(error)
      frames = FRAMES_PER_LOOK
    }
    isDense = frames >= DENSE_FRAMES
    if (isDense) {
      setImmediate(turn)
      return
    }
    quiet = frames > 0 ? 0 : quiet + 1
    if (quiet < QUIET_LOOKS) poll.refresh()
    else sleep()
  }
  const poll = setTimeout(turn, POLL_MS)

  const drainDense = (): number => {
    let frames = 0
    for (let looks = 0; looks < DENSE_LOOKS; looks += 1) {
      const found = reader.drain(sink, FRAMES_PER_LOOK)
      frames += found
      if (found >= DENSE_FRAMES) break
      reader.pause(DENSE_POLL_MS)
    }
    return frames
  }

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
