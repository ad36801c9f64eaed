/** The two ways in which a socket ends, such that its peer sees exactly that one. */
import type { Socket } from 'node:net'

const NOTHING = Buffer.alloc(0)

/**
 * FIN behind everything written. The shutdown is asked for only when the queue is empty, because a socket with one
 * under way cannot be reset any more, and its peer would take a stream that was cut for one that was complete.
 */
export function end(socket: Socket): void {
  if (socket.destroyed || socket.writableEnded) return
  if (socket.writableLength === 0) socket.end()
  // Called back when all before it was taken by the kernel; of itself it sends nothing.
  else socket.write(NOTHING, () => socket.destroyed || socket.end())
}

/**
 * Writes the last bytes of a connection such that they arrive together with its end, so that a client cannot use the
 * connection again in between. Node.js has no call for that; Nagle's algorithm does it: all bytes but one leave, the
 * last one is held back because they are not acknowledged yet, and closing puts the FIN on the segment that waits.
 * Where the acknowledgement is quicker, the FIN follows the last byte by microseconds.
 */
export function endWith(socket: Socket, last: Buffer | undefined): void {
  if (socket.destroyed || socket.writableEnded) return
  if (last !== undefined) {
    socket.setNoDelay(false)
    socket.write(last.subarray(0, -1))
    socket.write(last.subarray(-1))
  }
  // A shutdown would leave only in the next turn of the event loop, a close leaves now; but it would drop a queue.
  if (socket.writableLength === 0) socket.destroy()
  else end(socket)
}

/** RST, and nothing more of what is queued. */
export function reset(socket: Socket): void {
  if (socket.destroyed) return
  // libuv refuses to reset while a shutdown is under way, and such a socket would never be closed.
  const isShuttingDown = socket.writableEnded && !socket.writableFinished
  if (isShuttingDown) {
    socket.destroy()
    return
  }
  try {
    socket.resetAndDestroy()
  } catch {
    // Unix sockets and TLS know no reset.
    socket.destroy()
  }
}
