import { createAdmin } from '../../src/admin/admin.ts'
import { listenAdmin, type AdminServer } from '../../src/admin/listen.ts'
import { adminOptions } from '../../src/admin/options.ts'
import type { AdminDependencies } from '../../src/admin/dependencies.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { fixedExposition } from '../exposition/fixture.ts'
import { EPOCH_MS, resources, self, snapshot } from '../instruments/fixture.ts'

export interface AdminFixture {
  readonly server: AdminServer
  readonly url: string
  readonly close: () => Promise<void>
}

/** The admin port on the fixed state, on a free port of the loopback. */
export async function startAdmin(
  overrides: Partial<AdminDependencies> & { readonly config?: Readonly<Record<string, unknown>> } = {},
): Promise<AdminFixture> {
  const { config, ...dependencies } = overrides
  const { exposition, clock } = fixedExposition()
  clock.advance(5000)
  const app = createAdmin({
    options: adminOptions.parse({ listen: '127.0.0.1:0', ...config }),
    about: { startedEpochMs: EPOCH_MS - 3_600_000, listen: '0.0.0.0:9080', upstream: '127.0.0.1:8080' },
    snapshot: () => snapshot,
    resources: () => resources,
    self: () => self,
    recentFailures: () => [
      { epochMs: EPOCH_MS - 60_000, model: 'credit-risk', protocol: 'open-inference', reason: 'not-json' },
    ],
    exposition,
    health: {
      self: () => [{ name: 'data plane', ok: true, detail: 'last heartbeat 20 ms ago' }],
      upstream: () => ({ name: 'upstream', ok: true, detail: '127.0.0.1:8080 accepts connections' }),
    },
    actions: [],
    documents: [],
    clock,
    logger: silentLogger,
    ...dependencies,
  })
  const server = await listenAdmin(app, { kind: 'tcp', host: '127.0.0.1', port: 0 })
  if (server.address.kind !== 'tcp') throw new Error('not a TCP address')
  return {
    server,
    url: `http://127.0.0.1:${server.address.port}`,
    close: async () => {
      await server.close(0)
      await exposition.shutdown()
    },
  }
}
