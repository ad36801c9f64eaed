/** The sidecar beside a model that keeps its ports, probes and Services: it captures the packets of the pod. */
import type { ManifestObject } from './manifest.ts'
import { type ModelPort, refuseTakenPorts } from './model-container.ts'
import { objectsAt, type PlainObject } from './plain.ts'
import { configVolume, podMetadata, scrapeNotes } from './pod-extras.ts'
import { LeftAlone } from './record.ts'
import { namesPorts } from './services.ts'
import { ADMIN_PORT_NAME, SIDECAR_NAME, sidecarContainer } from './sidecar.ts'
import type { InjectOptions, Plan, PodNeighbours } from './target.ts'
import type { Path } from './yaml-nodes.ts'

interface CapturePlace {
  /** Path of the parent of the pod's metadata and spec. */
  readonly podPath: Path
  readonly pod: PlainObject
  readonly model: ModelPort
  readonly options: InjectOptions
  readonly neighbours: PodNeighbours
}

const RIGHTS =
  'it needs the capability NET_RAW: a namespace with the Pod Security level baseline or restricted refuses such pods'

export function planCapture({ podPath, pod, model, options, neighbours }: CapturePlace): Plan {
  refuseTakenPorts(objectsAt(pod, ['spec', 'containers']), [options.adminPort])
  const value = sidecarContainer(options, {
    upstreamPort: model.port,
    more: model.more.map(({ port }) => ({ upstreamPort: port, listenPort: 0 })),
    ports: [{ name: ADMIN_PORT_NAME, containerPort: options.adminPort, protocol: 'TCP' }],
    lifetime: options.native ? 'init' : 'container',
    readiness: 'self',
  })
  const list = options.native ? 'initContainers' : 'containers'
  return {
    changes: [
      { kind: 'add', path: [...podPath, 'spec', list, { name: SIDECAR_NAME }], value },
      ...configVolume([...podPath, 'spec'], options),
      ...podMetadata([...podPath, 'metadata'], pod['metadata'], options),
    ],
    summary: `sidecar "${SIDECAR_NAME}" captures port ${[model.port, ...model.more.map(({ port }) => port)].join(', ')} of "${model.container}"; ports, probes and Services stay as they are`,
    notes: [
      ...model.notes,
      RIGHTS,
      ...scrapeNotes(pod['metadata'], options),
      ...closedPorts(neighbours.networkPolicies, options),
    ],
  }
}

function closedPorts(policies: readonly ManifestObject[], { adminPort }: InjectOptions): string[] {
  return policies
    .filter(namesPorts)
    .map(({ title }) => `${title} names ports: allow ${adminPort} from Prometheus there`)
}

/** These platforms select the traffic container by its ports, so a second container is not supported. */
export function refuseCapture({ capture }: InjectOptions): void {
  if (capture !== true) return
  throw new LeftAlone(
    'its platform decides which containers its pods have; leave out --capture, or watch a running pod with modeltap attach',
  )
}
