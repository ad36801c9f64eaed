import { createServer, type Server, type Socket } from 'node:net'
import type { Address } from '../lib/address.ts'
import { listenAt } from '../lib/listen.ts'
import { listenFailed } from '../lib/listen-failed.ts'
import type { Logger } from '../lib/logger.ts'
import { nodeTimeout } from '../lib/timers.ts'
import type { ControlBlock } from '../ring/control.ts'
import type { TlsOptions } from './options.ts'
import { dataPortFiles, loadTls, serverOptions } from './tls.ts'

const BACKLOG = 1024

export interface DataPortSettings {
  readonly tls: TlsOptions | undefined
  /** Connections open at once. */
  readonly limit: number
  readonly control: ControlBlock
  readonly logger: Logger
  /** Receives each client when it may be read: after accept, or after the handshake with TLS. */
  readonly onClient: (client: Socket) => void
}

export interface DataPort {
  readonly server: Server
  /** Checks whether TLS files have changed; call it from time to time. */
  readonly refresh: () => void
}

/** @throws ModeltapError CONFIG_INVALID when TLS files cannot be used */
export function createDataPort({ tls, limit, control, logger, onClient }: DataPortSettings): DataPort {
  const socketOptions = { allowHalfOpen: true, noDelay: true }
  if (tls === undefined) {
    return {
      server: createServer({ ...socketOptions, pauseOnConnect: true }, onClient),
      refresh: () => undefined,
    }
  }
  const files = dataPortFiles(tls, logger)
  const server = loadTls().createServer(
    { ...socketOptions, handshakeTimeout: nodeTimeout(tls.handshakeTimeout), ...serverOptions(tls, files) },
    onClient,
  )
  // Limits connections in their handshake, which `onClient` does not know yet.
  server.maxConnections = limit
  server.on('drop', () => (control.connectionsRefused += 1))
  server.on('tlsClientError', (_error, client) => {
    control.tlsFailures += 1
    client.destroy()
  })
  return {
    server,
    refresh: () => {
      // Open connections keep their TLS session; new ones use the new certificate.
      if (files.refresh()) server.setSecureContext(serverOptions(tls, files))
    },
  }
}

/**
 * Shrinks the kernel's queue of connections that nobody has accepted yet to one. From then on the kernel drops the first
 * packet of further clients, who repeat it a second later and meet a closed port. Closing the port would reset whatever is
 * in the queue, and a client that has sent its request by then loses it.
 *
 * The handle is not a documented property; without it the queue keeps its length. Clients of a Unix socket do not repeat
 * anything, so its queue keeps its length as well.
 */
export function shrinkQueue(server: Server, address: Address): void {
  if (address.kind === 'unix') return
  const { _handle: handle } = server as unknown as {
    _handle?: { listen?: (backlog: number) => number } | null
  }
  handle?.listen?.(0)
}

export interface ListenSettings {
  readonly address: Address
  /** The flag or configuration key that sets the address, and another value for it. */
  readonly setting: { readonly name: string; readonly example: string }
  readonly logger: Logger
}

/** @throws ModeltapError LISTEN_FAILED */
export async function listen(server: Server, { address, setting, logger }: ListenSettings): Promise<void> {
  await listenAt(server, address, BACKLOG).catch((cause: NodeJS.ErrnoException) => {
    throw listenFailed({ address, setting: setting.name, example: setting.example }, cause)
  })
  server.on('error', (error) => {
    // For example EMFILE: no file descriptor is left for another connection.
    logger.error({ reason: error.message }, 'cannot accept a connection')
  })
}
