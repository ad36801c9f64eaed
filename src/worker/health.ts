import type { HealthCheck } from '../admin/dependencies.ts'
import type { Clock } from '../lib/clock.ts'
import { DRAIN, UPSTREAM, type ControlBlock } from '../ring/control.ts'

/** The data plane beats once a second; a few missed ones are a busy machine, more are a stuck thread. */
const DATA_PLANE_STUCK_MS = 5_000

export interface HealthSources {
  readonly control: ControlBlock
  readonly clock: Clock
  /** The upstream's address, for people; `undefined` when no traffic is passed. */
  readonly upstream: string | undefined
}

/** That this answers at all shows that the analysis thread lives; what is asked is the other thread. */
export function healthChecks({ control, clock, upstream }: HealthSources) {
  const self = (): HealthCheck[] => {
    const silentMs = clock.monotonicMs() - control.dataHeartbeatMs
    return [
      {
        name: 'data-plane',
        ok: silentMs < DATA_PLANE_STUCK_MS,
        detail: `last heartbeat ${Math.max(0, silentMs / 1000).toFixed(1)} s ago`,
      },
    ]
  }
  const traffic = (): HealthCheck => {
    if (control.drainState !== DRAIN.RUNNING) {
      return { name: 'upstream', ok: false, detail: 'draining: no new connections are wanted' }
    }
    if (upstream === undefined)
      return { name: 'upstream', ok: true, detail: 'none: logs and events are read' }
    const reachable = control.upstreamState === UPSTREAM.REACHABLE
    return {
      name: 'upstream',
      ok: reachable,
      detail: `${upstream} ${reachable ? 'accepts connections' : 'does not accept connections'}`,
    }
  }
  return { self, upstream: traffic }
}
