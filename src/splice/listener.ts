import type { AddressInfo, Socket } from 'node:net'
import type { Address } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { ControlBlock } from '../ring/control.ts'
import { createDataPort, type DataPort, listen, shrinkQueue } from './data-port.ts'
import type { ListenerOptions } from './options.ts'
import { Upstream } from './upstream.ts'

export interface ListenerSettings {
  /** Port 0 of `listen` takes a free one. */
  readonly options: ListenerOptions
  /** The flag or configuration key that sets the address, and another value for it. */
  readonly setting: { readonly name: string; readonly example: string }
  /** Connections open at once. */
  readonly limit: number
  readonly connectTimeoutMs: number
  readonly control: ControlBlock
  readonly clock: Clock
  readonly logger: Logger
  readonly onClient: (client: Socket, upstream: Upstream) => void
  /** The model server has become reachable or unreachable. */
  readonly onState: () => void
}

/** One data port and the port of the model server behind it. */
export class Listener {
  readonly upstream: Upstream
  readonly #settings: ListenerSettings
  readonly #port: DataPort

  /** @throws ModeltapError CONFIG_INVALID when TLS files cannot be used */
  constructor(settings: ListenerSettings) {
    const { options, limit, control, clock, logger, connectTimeoutMs, onClient, onState } = settings
    this.#settings = settings
    this.upstream = new Upstream({
      ...{ address: options.upstream, control, clock, logger, connectTimeoutMs },
      tls: options.upstreamTls,
      onState,
    })
    this.#port = createDataPort({
      ...{ tls: options.tls, limit, control, logger },
      onClient: (client) => onClient(client, this.upstream),
    })
  }

  /** The data port, with its actual number. */
  get address(): Address {
    const { listen } = this.#settings.options
    if (listen.kind === 'unix') return listen
    return { ...listen, port: (this.#port.server.address() as AddressInfo | null)?.port ?? listen.port }
  }

  /** @throws ModeltapError LISTEN_FAILED */
  async listen(): Promise<void> {
    const { options, setting, logger } = this.#settings
    await listen(this.#port.server, { address: options.listen, setting, logger })
  }

  /** Looks whether TLS files have changed; to be called now and then. */
  refresh(): void {
    this.#port.refresh()
    this.upstream.refresh()
  }

  /** See `shrinkQueue` of data-port.ts. */
  shrinkQueue(): void {
    shrinkQueue(this.#port.server, this.#settings.options.listen)
  }

  close(): void {
    this.#port.server.close()
  }
}
