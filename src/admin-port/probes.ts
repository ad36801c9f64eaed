/**
 * Answers to the probes of Kubernetes. They only report whether bytes pass: a probe that included analysis would take a
 * serving pod out of service. The state of analysis is in the metrics.
 */
import type { Clock } from '../lib/clock.ts'
import { type ControlBlock, DRAIN, UPSTREAM } from '../ring/control.ts'

/** The data plane has a heartbeat once a second; a few missed ones mean a busy machine, more mean a stuck thread. */
const DATA_PLANE_STUCK_MS = 5_000

export interface Check {
  readonly name: string
  readonly ok: boolean
  /** The finding, for display. */
  readonly detail: string
}

export interface ProbeAnswer {
  readonly status: 200 | 503
  readonly body: { readonly status: 'ok' | 'failing'; readonly checks: readonly Check[] }
}

export interface ProbeSources {
  readonly control: ControlBlock
  readonly clock: Clock
  /** Addresses of the model server, for display; empty without a proxy. */
  readonly upstreams: readonly string[]
}

/** By path. Liveness only checks modeltap, so that a broken model does not restart its sidecar. */
const probes = {
  '/healthz': (sources: ProbeSources) => [dataPlane(sources)],
  '/readyz': (sources: ProbeSources) => [dataPlane(sources), upstreamOf(sources)],
} as const

export type ProbePath = keyof typeof probes
export const PROBE_PATHS = Object.keys(probes) as readonly ProbePath[]

export function isProbePath(path: string): path is ProbePath {
  return Object.hasOwn(probes, path)
}

export function probe(path: ProbePath, sources: ProbeSources): ProbeAnswer {
  const checks = probes[path](sources)
  const ok = checks.every((check) => check.ok)
  return { status: ok ? 200 : 503, body: { status: ok ? 'ok' : 'failing', checks } }
}

function dataPlane({ control, clock }: ProbeSources): Check {
  const silentMs = clock.monotonicMs() - control.dataHeartbeatMs
  return {
    name: 'data-plane',
    ok: silentMs < DATA_PLANE_STUCK_MS,
    detail: `last heartbeat ${Math.max(0, silentMs / 1000).toFixed(1)} s ago`,
  }
}

function upstreamOf({ control, upstreams }: ProbeSources): Check {
  const name = 'upstream'
  if (control.drainState !== DRAIN.RUNNING)
    return { name, ok: false, detail: 'draining: no new connections are wanted' }
  if (upstreams.length === 0) return { name, ok: true, detail: 'none: no traffic is passed' }
  const ok = control.upstreamState === UPSTREAM.REACHABLE
  const down = upstreams.filter((_, index) => (control.upstreamsDown & (1 << index)) !== 0)
  const named = ok || down.length === 0 ? upstreams : down
  const [verb, not] = named.length === 1 ? ['accepts', 'does not accept'] : ['accept', 'do not accept']
  return { name, ok, detail: `${named.join(', ')} ${ok ? verb : not} connections` }
}
