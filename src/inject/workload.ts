/**
 * Workloads of Kubernetes itself (and Argo Rollouts): adds the sidecar beside the model and points Services to its
 * port.
 */
import type { Change } from './changes.ts'
import type { ManifestObject } from './manifest.ts'
import { declaredPorts, findModel, type ModelPort, refuseTakenPorts } from './model-container.ts'
import { at, integerAt, isObject, list, objectsAt, type PlainObject, textAt } from './plain.ts'
import { planCapture } from './plan-capture.ts'
import { configVolume, podMetadata, scrapeNotes } from './pod-extras.ts'
import { LeftAlone } from './record.ts'
import { namesPorts, targetsOf } from './services.ts'
import { ADMIN_PORT_NAME, type ContainerPort, PORT_NAME, SIDECAR_NAME, sidecarContainer } from './sidecar.ts'
import type { InjectOptions, MovedPort, NeighboursOf, Plan, PodNeighbours, Target } from './target.ts'
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
function takeName(
  { podPath, pod, container, index: place }: Place,
  { port }: MovedPort,
  name: string,
): Change[] {
  const containerPath: Path = [...podPath, 'spec', 'containers', { name: container }]
  const declared = list(at(pod, ['spec', 'containers', { name: container }, 'ports']))
  const index = declared.findIndex((entry) => textAt(entry, ['name']) === name)
  const changes: Change[] = [
    {
      kind: 'set',
      path: [...containerPath, 'ports', index, 'name'],
      value: place === 0 ? MOVED_NAME : `${MOVED_NAME}${place + 1}`,
    },
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

/** Which of the model's ports is meant, and where. */
interface Place {
  readonly podPath: Path
  readonly pod: PlainObject
  readonly container: string
  /** 0 is the main port. */
  readonly index: number
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
function route(place: Place, moved: MovedPort, options: InjectOptions, neighbours: PodNeighbours): Routing {
  const { listenPort } = moved
  const portName = place.index === 0 ? PORT_NAME : `${PORT_NAME}-${place.index + 1}`
  const notes = neighbours.headless.map(
    ({ title }) =>
      `${title} is headless: its clients dial the pod's port ${moved.port} themselves; tell them to dial ${listenPort}`,
  )
  if (
    neighbours.services.some((service) => targetsOf(service).some(({ target }) => reaches(target, moved)))
  ) {
    return { changes: [], portName, notes }
  }
  if (place.index > 0 && neighbours.services.length > 0) {
    const note = `no Service of the stream leads to port ${moved.port}: give yours targetPort: ${listenPort}`
    return { changes: [], portName, notes: [...notes, note] }
  }
  const name = moved.names[0]
  if (name !== undefined && !options.native) {
    return {
      changes: takeName(place, moved, name),
      portName: name,
      notes: [
        ...notes,
        `no Service of the stream selects it, so the port name "${name}" moved to the sidecar; a Service that targets the number ${moved.port} still passes it by and needs targetPort: ${listenPort}`,
      ],
    }
  }
  if (neighbours.headless.length > 0) return { changes: [], portName, notes }
  return {
    changes: [],
    portName,
    notes: [
      ...notes,
      `no Service of the stream selects it: give yours targetPort: ${listenPort}, or put it into the same stream`,
    ],
  }
}

export const reaches = (target: string, { port, names }: Pick<MovedPort, 'port' | 'names'>): boolean =>
  target === String(port) || names.includes(target)

function blockedPorts(
  policies: readonly ManifestObject[],
  moved: readonly MovedPort[],
  options: InjectOptions,
): string[] {
  return policies
    .filter(namesPorts)
    .map(
      ({ title }) =>
        `${title} names ports: allow ${moved.map(({ listenPort }) => listenPort).join(' and ')} there, and ${options.adminPort} from Prometheus`,
    )
}

/** A host port leads to the container that declares it, independent of Services. */
function hostPorts(pod: PlainObject, container: string, { port }: MovedPort): string[] {
  return objectsAt(pod, ['spec', 'containers', { name: container }, 'ports']).flatMap((declared) => {
    const hostPort = textAt(declared, ['hostPort'])
    return hostPort === undefined || textAt(declared, ['containerPort']) !== String(port)
      ? []
      : [`clients of its host port ${hostPort} still reach port ${port} of the model itself`]
  })
}

/** The sidecar's ports before the model's: the chosen one, and free ones above it. */
function movedPorts(
  containers: readonly PlainObject[],
  model: ModelPort,
  { listenPort, adminPort }: InjectOptions,
): MovedPort[] {
  const taken = new Set([adminPort, ...containers.flatMap(declaredPorts).map(({ port }) => port)])
  let last = listenPort
  return [
    { port: model.port, names: model.names, listenPort },
    ...model.more.map(({ port, names }) => {
      do last += 1
      while (taken.has(last))
      return { port, names, listenPort: last }
    }),
  ]
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
  const moved = movedPorts([...containers, ...objectsAt(found, ['spec', 'initContainers'])], model, options)
  const routes = moved.map((port, index) => ({
    port,
    ...route({ podPath, pod: found, container: model.container, index }, port, options, neighbours),
  }))
  const ports: ContainerPort[] = [
    ...routes.map(({ port, portName }) => ({
      name: portName,
      containerPort: port.listenPort,
      protocol: 'TCP' as const,
    })),
    { name: ADMIN_PORT_NAME, containerPort: options.adminPort, protocol: 'TCP' },
  ]
  const lifetime = options.native ? 'init' : 'container'
  const value = sidecarContainer(options, {
    ...{ upstreamPort: model.port, ports, lifetime, readiness: 'self' },
    more: moved.slice(1).map(({ port, listenPort }) => ({ upstreamPort: port, listenPort })),
    graceSeconds: integerAt(found, ['spec', 'terminationGracePeriodSeconds']),
  })
  const listPath: Path = [...podPath, 'spec', options.native ? 'initContainers' : 'containers']
  const notes = [
    ...model.notes,
    ...routes.flatMap((routing) => routing.notes),
    ...moved.flatMap((port) => hostPorts(found, model.container, port)),
    ...blockedPorts(neighbours.networkPolicies, moved, options),
    ...scrapeNotes(found['metadata'], options),
  ]
  if (model.unwatched.length > 0) {
    notes.push(
      `${model.unwatched.join(', ')} of "${model.container}" stay as they are; --port chooses another port to watch`,
    )
  }
  return {
    changes: [
      ...routes.flatMap((routing) => routing.changes),
      { kind: 'add', path: [...listPath, { name: SIDECAR_NAME }], value },
      ...configVolume([...podPath, 'spec'], options),
      ...podMetadata([...podPath, 'metadata'], found['metadata'], options),
    ],
    summary: `sidecar "${SIDECAR_NAME}" passes ${moved.map(({ port, listenPort }) => `port ${listenPort} on to port ${port}`).join(' and ')} of "${model.container}"`,
    notes,
    movedPorts: { services: neighbours.services, ports: moved },
  }
}

export const pods: Target = { group: '', kinds: ['Pod', 'ReplicationController'], plan: planWorkload }
export const apps: Target = {
  group: 'apps',
  kinds: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'],
  plan: planWorkload,
}
export const rollouts: Target = { group: 'argoproj.io', kinds: ['Rollout'], plan: planWorkload }
