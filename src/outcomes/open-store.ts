/** Opens the configured store with the key of its ids. */
import { createHash, randomBytes } from 'node:crypto'
import type { Logger } from '../lib/logger.ts'
import { MemoryStore } from './memory-store.ts'
import type { OutcomesOptions } from './options.ts'
import { RedisConnection } from './redis-connection.ts'
import { RedisStore } from './redis-store.ts'
import { Spool } from './spool.ts'
import { SqliteStore } from './sqlite-store.ts'
import type { PredictionStore } from './store.ts'
import { parseStoreAddress } from './store-address.ts'

export interface OpenedStore {
  /** As in the configuration, without an address. */
  readonly kind: string
  readonly store: PredictionStore
  readonly key: string
}

export interface StoreConfig {
  readonly outcomes: OutcomesOptions
  readonly state: { readonly directory?: string | undefined }
}

const newKey = (): string => randomBytes(16).toString('hex')

/** Does not wait for a remote store. */
export function openStore({ outcomes: options, state }: StoreConfig, logger: Logger): OpenedStore {
  const address = parseStoreAddress(options.store) ?? { kind: 'memory' }
  const limits = { horizonMs: options.horizon, maxPending: options.maxPending, settleMs: options.settle }
  const { storeUser: username, storePassword: password } = options
  switch (address.kind) {
    case 'memory':
      return { kind: 'memory', store: new MemoryStore(limits), key: options.key ?? newKey() }
    case 'sqlite': {
      // The configuration requires a directory for this store.
      const store = new SqliteStore({ ...limits, directory: state.directory ?? '.', logger })
      return { kind: 'sqlite', store, key: options.key ?? store.key(newKey) }
    }
    case 'redis': {
      const { url } = address
      const connection = new RedisConnection({ url, username, password, logger })
      const spool = new Spool(state.directory, options.spoolBytes)
      return {
        kind: 'redis',
        store: new RedisStore({ ...limits, connection, spool }),
        key: options.key ?? sharedKey(url, password),
      }
    }
  }
}

/**
 * The same for all users of the store, and derived without contacting it, so that a store that is down does not delay
 * the start.
 */
function sharedKey(url: string, password: string | undefined): string {
  return createHash('sha256')
    .update(`modeltap outcomes ${url} ${password ?? ''}`)
    .digest('hex')
}
