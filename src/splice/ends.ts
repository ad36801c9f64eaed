/** Two ways to end a socket, so that the peer sees exactly the intended one. */
import type { Socket } from 'node:net'

const NOTHING = Buffer.alloc(0)

/**
 * Sends a FIN after everything written. The shutdown starts only when the queue is empty: a socket with a shutdown
 * under way can no longer be reset, and its peer would take a cut stream for a complete one.
 */
export function end(socket: Socket): void {
  if (socket.destroyed || socket.writableEnded) return
  if (socket.writableLength === 0) socket.end()
  // The callback runs when the kernel has taken everything before it; the empty write sends nothing.
  else socket.write(NOTHING, () => socket.destroyed || socket.end())
}

/**
 * Writes the last bytes of a connection so that they arrive together with its end, and a client cannot reuse the
 * connection in between. Node.js has no call for this, but Nagle's algorithm does it: all bytes except the last one
 * leave; the last one waits for their acknowledgement; closing adds the FIN to the waiting segment. If the
 * acknowledgement is faster, the FIN follows the last byte by microseconds.
 */
export function endWith(socket: Socket, last: Buffer | undefined): void {
  if (socket.destroyed || socket.writableEnded) return
  if (last !== undefined) {
    socket.setNoDelay(false)
    socket.write(last.subarray(0, -1))
    socket.write(last.subarray(-1))
  }
  // A shutdown leaves only in the next turn of the event loop; a close leaves now, but it would drop a queue.
  if (socket.writableLength === 0) socket.destroy()
  else end(socket)
}

/** Sends a RST and drops the queue. */
export function reset(socket: Socket): void {
  if (socket.destroyed) return
  // libuv refuses to reset during a shutdown, and such a socket would never close.
  const isShuttingDown = socket.writableEnded && !socket.writableFinished
  if (isShuttingDown) {
    socket.destroy()
    return
  }
  try {
    socket.resetAndDestroy()
  } catch {
    // Unix sockets and TLS have no reset.
    socket.destroy()
  }
}
