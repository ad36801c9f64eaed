import { createAdmin } from '../../src/admin/admin.ts'
import type { AdminDependencies } from '../../src/admin/dependencies.ts'
import { History } from '../../src/admin/history.ts'
import { adminOptions } from '../../src/admin/options.ts'
import { serveAdmin } from '../../src/admin/serve.ts'
import { AdminPort } from '../../src/admin-port/admin-port.ts'
import { probe } from '../../src/admin-port/probes.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { ControlBlock, UPSTREAM } from '../../src/ring/control.ts'
import { createTapMemory, MIN_RING_BYTES } from '../../src/ring/memory.ts'
import { fixedExposition } from '../exposition/fixture.ts'
import { EPOCH_MS, resources, self, snapshot } from '../instruments/fixture.ts'

export interface AdminFixture {
  readonly url: string
  readonly adminPort: AdminPort
  readonly control: ControlBlock
  readonly close: () => Promise<void>
}

/** The admin port on the fixed state, on a free port of the loopback. */
export async function startAdmin(
  overrides: Partial<AdminDependencies> & { readonly config?: Readonly<Record<string, unknown>> } = {},
): Promise<AdminFixture> {
  const { config, ...dependencies } = overrides
  const { exposition, clock } = fixedExposition()
  clock.advance(5000)
  const control = new ControlBlock(createTapMemory({ ringBytes: MIN_RING_BYTES, maxConnections: 1 }))
  control.dataHeartbeatMs = clock.monotonicMs()
  control.upstreamState = UPSTREAM.REACHABLE
  const probed = { control, clock, upstreams: ['127.0.0.1:8080'] }
  const options = adminOptions.parse({ listen: '127.0.0.1:0', ...config })
  const app = createAdmin({
    options,
    about: { startedMs: EPOCH_MS - 3_600_000, listen: '0.0.0.0:9080', upstream: '127.0.0.1:8080' },
    snapshot: () => snapshot,
    resources: () => resources,
    history: new History({
      ...exposition.recorder.ofRequests,
      snapshot: () => snapshot,
      modelCpuSeconds: () => 12,
      ownCpuSeconds: () => 3,
      clock,
    }),
    self: () => self,
    routes: () => [],
    recentFailures: () => [
      { epochMs: EPOCH_MS - 60_000, model: 'credit-risk', protocol: 'open-inference', reason: 'not-json' },
    ],
    exposition,
    probe: (path) => probe(path, probed),
    actions: [],
    documents: [],
    clock,
    logger: silentLogger,
    ...dependencies,
  })
  const { hosts, listen } = options
  const adminPort = await AdminPort.open({
    ...{ ...probed, listen, hosts },
    clock: systemClock,
    logger: silentLogger,
  })
  const { port1, port2 } = new MessageChannel()
  adminPort.attach(port1)
  const server = serveAdmin(app, port2)
  const { address } = adminPort
  if (address.kind !== 'tcp') throw new Error('not a TCP address')
  // The port's own clock is the real one, for its time-outs.
  control.dataHeartbeatMs = systemClock.monotonicMs()
  return {
    adminPort,
    control,
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      await server.close(0)
      await adminPort.close(0)
      await exposition.shutdown()
    },
  }
}
