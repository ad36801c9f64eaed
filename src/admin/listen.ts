/** Opens the admin port. */
import type { Server } from 'node:http'
import type { Express } from 'express'
import type { Address } from '../lib/address.ts'
import { listenAt } from '../lib/listen.ts'
import { listenFailed } from '../lib/listen-failed.ts'
import { http } from '../lib/node-http.ts'
import { startTimer } from '../lib/timers.ts'

export interface AdminServer {
  /** With the real port where port 0 was asked for. */
  readonly address: Address
  /** Lets running answers end, but no longer than `graceMs`. */
  readonly close: (graceMs?: number) => Promise<void>
}

/** Scrapers, probes and people; more would only be somebody holding connections open. */
const MAX_CONNECTIONS = 256
const REQUEST_TIMEOUT_MS = 10_000
const DEFAULT_GRACE_MS = 1_000

/** @throws ModeltapError LISTEN_FAILED */
export async function listenAdmin(app: Express, address: Address): Promise<AdminServer> {
  const server = http.createServer({ requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: 65_000 }, app)
  server.maxConnections = MAX_CONNECTIONS
  try {
    await listenAt(server, address)
  } catch (cause) {
    const setting = { address, setting: '--admin', example: '0.0.0.0:9465' }
    throw listenFailed(setting, cause as NodeJS.ErrnoException)
  }
  return { address: boundAddress(server, address), close: (graceMs) => close(server, graceMs) }
}

function boundAddress(server: Server, asked: Address): Address {
  const bound = server.address()
  if (asked.kind === 'unix' || bound === null || typeof bound === 'string') return asked
  return { kind: 'tcp', host: asked.host, port: bound.port }
}

async function close(server: Server, graceMs = DEFAULT_GRACE_MS): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const deadline = startTimer(() => server.closeAllConnections(), graceMs)
  await closed
  deadline.cancel()
}
