/** Serves the admin application on connections relayed by the main thread (admin-port/). */
import type { MessagePort } from 'node:worker_threads'
import type { Express } from 'express'
import { serveRelayed } from '../admin-port/relayed-socket.ts'
import { http } from '../lib/node-http.ts'
import { startTimer } from '../lib/timers.ts'

export interface AdminServer {
  /** Lets running answers finish, at most for `graceMs`. */
  readonly close: (graceMs?: number) => Promise<void>
}

const REQUEST_TIMEOUT_MS = 10_000
const DEFAULT_GRACE_MS = 1_000

export function serveAdmin(app: Express, port: MessagePort): AdminServer {
  // The main thread closes idle connections, because these have no sockets with timers.
  const server = http.createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, app)
  const relayed = serveRelayed(server, port)
  return {
    close: async (graceMs = DEFAULT_GRACE_MS) => {
      server.closeIdleConnections()
      const deadline = startTimer(relayed.closeAll, graceMs)
      await relayed.empty()
      deadline.cancel()
      port.close()
    },
  }
}
