/**
 * Workloads of Kubernetes itself (and Argo Rollouts): adds the sidecar beside the model and points Services to its
 * port.
 */
import type { Change } from './changes.ts'
import type { ManifestObject } from './manifest.ts'
import { findModel, type ModelPort, refuseTakenPorts } from './model-container.ts'
import { at, integerAt, isObject, list, objectsAt, type PlainObject, textAt } from './plain.ts'
import { planCapture } from './plan-capture.ts'
import { configVolume, podMetadata, scrapeNotes } from './pod-extras.ts'
import { LeftAlone } from './record.ts'
import { namesPorts, targetsOf } from './services.ts'
import { ADMIN_PORT_NAME, type ContainerPort, PORT_NAME, SIDECAR_NAME, sidecarContainer } from './sidecar.ts'
import type { InjectOptions, NeighboursOf, Plan, PodNeighbours, Target } from './target.ts'
import { askedContainer, askedPort } from './wishes.ts'
import type { Path } from './yaml-nodes.ts'

export const RUNS_TO_COMPLETION =
  'it runs to completion, and a sidecar that keeps running would keep it from completing'

const POD_PATHS: Readonly<Record<string, Path>> = { Pod: [] }
const TEMPLATE: Path = ['spec', 'template']

/** The new name of the model's port after its old name moved to the sidecar. */
const MOVED_NAME = 'modeltap-model'

/** Labels of the workload's pods. */
export function podLabels({ kind, value }: ManifestObject): ReadonlyMap<string, string> {
  const labels = at(value, [...(POD_PATHS[kind] ?? TEMPLATE), 'metadata', 'labels'])
  return new Map(isObject(labels) ? Object.entries(labels).map(([key, text]) => [key, String(text)]) : [])
}

function refuse(pod: PlainObject): void {
  if (at(pod, ['spec', 'hostNetwork']) === true) {
    throw new LeftAlone('it uses the host network, where its ports would meet those of other pods')
  }
  const os = textAt(pod, ['spec', 'os', 'name']) ?? textAt(pod, ['spec', 'nodeSelector', 'kubernetes.io/os'])
  if (os === 'windows') throw new LeftAlone('it runs on Windows, for which modeltap has no image')
  if ((textAt(pod, ['spec', 'restartPolicy']) ?? 'Always') !== 'Always')
    throw new LeftAlone(RUNS_TO_COMPLETION)
}

/** Removes a named port from the model's container, so that references to the name reach the sidecar. */
function takeName(podPath: Path, pod: PlainObject, { container, port }: ModelPort, name: string): Change[] {
  const containerPath: Path = [...podPath, 'spec', 'containers', { name: container }]
  const declared = list(at(pod, ['spec', 'containers', { name: container }, 'ports']))
  const index = declared.findIndex((entry) => textAt(entry, ['name']) === name)
  const changes: Change[] = [
    { kind: 'set', path: [...containerPath, 'ports', index, 'name'], value: MOVED_NAME },
  ]
  for (const handler of [
    ['livenessProbe'],
    ['readinessProbe'],
    ['startupProbe'],
    ['lifecycle', 'preStop'],
    ['lifecycle', 'postStart'],
  ]) {
    for (const action of ['httpGet', 'tcpSocket']) {
      const path: Path = [...handler, action, 'port']
      if (textAt(pod, ['spec', 'containers', { name: container }, ...path]) === name) {
        changes.push({ kind: 'set', path: [...containerPath, ...path], value: port })
      }
    }
  }
  return changes
}

interface Routing {
  readonly changes: readonly Change[]
  /** Name of the sidecar's data port. */
  readonly portName: string
  readonly notes: readonly string[]
}

/**
 * How traffic reaches the sidecar: through a Service of the stream, through the port's name, or through a manual
 * change.
 */
function route(
  podPath: Path,
  pod: PlainObject,
  model: ModelPort,
  options: InjectOptions,
  neighbours: PodNeighbours,
): Routing {
  const { listenPort } = options
  const notes = neighbours.headless.map(
    ({ title }) =>
      `${title} is headless: its clients dial the pod's port ${model.port} themselves; tell them to dial ${listenPort}`,
  )
  if (
    neighbours.services.some((service) => targetsOf(service).some(({ target }) => reaches(target, model)))
  ) {
    return { changes: [], portName: PORT_NAME, notes }
  }
  const name = model.names[0]
  if (name !== undefined && !options.native) {
    return {
      changes: takeName(podPath, pod, model, name),
      portName: name,
      notes: [
        ...notes,
        `no Service of the stream selects it, so the port name "${name}" moved to the sidecar; a Service that targets the number ${model.port} still passes it by and needs targetPort: ${listenPort}`,
      ],
    }
  }
  if (neighbours.headless.length > 0) return { changes: [], portName: PORT_NAME, notes }
  return {
    changes: [],
    portName: PORT_NAME,
    notes: [
      ...notes,
      `no Service of the stream selects it: give yours targetPort: ${listenPort}, or put it into the same stream`,
    ],
  }
}

export const reaches = (target: string, { port, names }: Pick<ModelPort, 'port' | 'names'>): boolean =>
  target === String(port) || names.includes(target)

function blockedPorts(policies: readonly ManifestObject[], options: InjectOptions): string[] {
  return policies
    .filter(namesPorts)
    .map(
      ({ title }) =>
        `${title} names ports: allow ${options.listenPort} there, and ${options.adminPort} from Prometheus`,
    )
}

/** A host port leads to the container that declares it, independent of Services. */
function hostPorts(pod: PlainObject, { container, port }: ModelPort): string[] {
  return objectsAt(pod, ['spec', 'containers', { name: container }, 'ports']).flatMap((declared) => {
    const hostPort = textAt(declared, ['hostPort'])
    return hostPort === undefined || textAt(declared, ['containerPort']) !== String(port)
      ? []
      : [`clients of its host port ${hostPort} still reach port ${port} of the model itself`]
  })
}

function planWorkload(object: ManifestObject, options: InjectOptions, neighboursOf: NeighboursOf): Plan {
  const podPath = POD_PATHS[object.kind] ?? TEMPLATE
  const found = at(object.value, podPath)
  if (!isObject(found)) throw new LeftAlone('it has no pod template')
  refuse(found)
  const containers = objectsAt(found, ['spec', 'containers'])
  const neighbours = neighboursOf(podLabels(object), object.namespace)
  const model = findModel([...containers, ...objectsAt(found, ['spec', 'initContainers'])], {
    container: askedContainer(object, options),
    port: askedPort(object, options),
    defaultContainer: textAt(found, ['metadata', 'annotations', 'kubectl.kubernetes.io/default-container']),
    targeted: neighbours.services.flatMap((service) => targetsOf(service).map(({ target }) => target)),
  })
  if (options.capture === true) return planCapture({ podPath, pod: found, model, options, neighbours })
  refuseTakenPorts(containers, [options.listenPort, options.adminPort])
  const routing = route(podPath, found, model, options, neighbours)
  const ports: ContainerPort[] = [
    { name: routing.portName, containerPort: options.listenPort, protocol: 'TCP' },
    { name: ADMIN_PORT_NAME, containerPort: options.adminPort, protocol: 'TCP' },
  ]
  const lifetime = options.native ? 'init' : 'container'
  const value = sidecarContainer(options, {
    ...{ upstreamPort: model.port, ports, lifetime, readiness: 'self' },
    graceSeconds: integerAt(found, ['spec', 'terminationGracePeriodSeconds']),
  })
  const listPath: Path = [...podPath, 'spec', options.native ? 'initContainers' : 'containers']
  const notes = [
    ...model.notes,
    ...routing.notes,
    ...hostPorts(found, model),
    ...blockedPorts(neighbours.networkPolicies, options),
    ...scrapeNotes(found['metadata'], options),
  ]
  if (model.unwatched.length > 0) {
    notes.push(
      `${model.unwatched.join(', ')} of "${model.container}" stay as they are; --port chooses another port to watch`,
    )
  }
  return {
    changes: [
      ...routing.changes,
      { kind: 'add', path: [...listPath, { name: SIDECAR_NAME }], value },
      ...configVolume([...podPath, 'spec'], options),
      ...podMetadata([...podPath, 'metadata'], found['metadata'], options),
    ],
    summary: `sidecar "${SIDECAR_NAME}" passes port ${options.listenPort} on to port ${model.port} of "${model.container}"`,
    notes,
    movedPorts: { services: neighbours.services, port: model.port, names: model.names },
  }
}

export const pods: Target = { group: '', kinds: ['Pod', 'ReplicationController'], plan: planWorkload }
export const apps: Target = {
  group: 'apps',
  kinds: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'],
  plan: planWorkload,
}
export const rollouts: Target = { group: 'argoproj.io', kinds: ['Rollout'], plan: planWorkload }
