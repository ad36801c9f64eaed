import type { FrameSink } from './frame.ts'
import type { TapMemory } from './memory.ts'
import { RingReader } from './reader.ts'

/** Maximum frames handled without a pause: the thread also serves /metrics. */
const FRAMES_PER_LOOK = 256
/**
 * Polling interval while traffic flows. A poll costs microseconds; a notification for each frame would cost a system
 * call.
 */
const POLL_MS = 2
/** Polls without a frame before the reader sleeps. */
const QUIET_LOOKS = 25
/** Frames since the last poll from which traffic counts as dense: about 25,000 exchanges a second. */
const DENSE_FRAMES = 100
/**
 * Polling interval while traffic is dense. Frames that gather in 2 ms take half a millisecond to analyse. With few
 * cores the splice waits behind that, because the kernel does not move a thread for so short a time. Throughput at 8
 * connections on two cores: 1.2 times that of polling every 2 ms.
 */
const DENSE_POLL_MS = 0.02
/** Polls before the event loop gets a turn: 2 ms, because the kernel turns a pause into at least 0.07 ms. */
const DENSE_LOOKS = 25

export interface PumpOptions {
  readonly memory: TapMemory
  readonly sink: FrameSink
  /**
   * Called when handling a frame throws; the frame is skipped. Without it, the error is thrown out of the event loop.
   */
  readonly onError?: (error: unknown) => void
}

export interface Pump {
  readonly reader: RingReader
  stop(): void
}

/**
 * Moves frames from the ring to `sink` on this thread's event loop.
 *
 * While frames arrive, it polls every 2 ms, and more often when traffic is dense. After 50 ms without a frame it sleeps
 * until the writer wakes it, so an idle process uses no CPU. Measured on two cores at 8 connections: see bench/load and
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
