/** Determines the model's container in a pod, and the port that carries the traffic. */
import { integerAt, objectsAt, type PlainObject, textAt } from './plain.ts'
import { LeftAlone } from './record.ts'
import { SIDECAR_NAME } from './sidecar.ts'

export interface TrafficPort {
  readonly port: number
  readonly names: readonly string[]
}

export interface ModelPort {
  readonly container: string
  readonly port: number
  /** The port's names in the model's container. */
  readonly names: readonly string[]
  /** Other ports of the container that serve predictions, such as gRPC beside REST. */
  readonly more: readonly TrafficPort[]
  /** Other ports of the container, which are not observed: `8002 (metrics)`. */
  readonly unwatched: readonly string[]
  /** Why this container or port was chosen among several. */
  readonly notes: readonly string[]
}

/** Containers that meshes, agents and platforms add beside an application. */
const COMPANIONS =
  /^(?:istio-proxy|linkerd-proxy|queue-proxy|envoy|consul-dataplane|cloud-?sql-proxy|oauth2-proxy|kube-rbac-proxy|vault-agent|fluent-?bit|fluentd|filebeat|otc-container|otel-collector|jaeger-agent|datadog-agent|nginx-proxy|seldon-container-engine|agent|rclone)$/

/** Ports with these names serve predictions; the first declared one wins. */
const TRAFFIC_NAMES = [
  /^https?1?(?:-|$)/,
  /^(?:rest|serving|predict|inference|api|web)/,
  /^h2c(?:-|$)/,
  /^grpc/,
]
const OTHER_NAMES = /metric|prom|admin|health|probe|mgmt|management|debug|pprof/

interface DeclaredPort {
  readonly port: number
  readonly name: string | undefined
}

export const declaredPorts = (container: PlainObject): DeclaredPort[] =>
  objectsAt(container, ['ports'])
    .filter((port) => (textAt(port, ['protocol']) ?? 'TCP') === 'TCP')
    .map((port) => ({ port: integerAt(port, ['containerPort']) ?? 0, name: textAt(port, ['name']) }))
    .filter(({ port }) => port > 0)

const show = ({ port, name }: DeclaredPort): string =>
  name === undefined ? String(port) : `${port} (${name})`

interface Choice {
  /** From the command line or an annotation. */
  readonly container: string | undefined
  readonly port: number | undefined
  /** The container that kubectl logs shows by default. */
  readonly defaultContainer: string | undefined
  /** Targets of Services in the stream: numbers, or names of ports. */
  readonly targeted: readonly string[]
}

function chooseContainer(
  containers: readonly PlainObject[],
  choice: Choice,
): { container: PlainObject; note?: string } {
  const names = containers.map((container) => textAt(container, ['name']) ?? '')
  const asked = choice.container ?? choice.defaultContainer
  const byName = containers.find((container) => textAt(container, ['name']) === asked)
  if (byName !== undefined) return { container: byName }
  if (choice.container !== undefined) {
    throw new LeftAlone(`it has no container "${choice.container}"; it has ${names.join(', ')}`)
  }
  const candidates = containers.filter((container) => !COMPANIONS.test(textAt(container, ['name']) ?? ''))
  const withPorts = candidates.filter((container) => declaredPorts(container).length > 0)
  const container = withPorts[0] ?? candidates[0]
  if (container === undefined)
    throw new LeftAlone('none of its containers looks like a model; name it with --container')
  const name = textAt(container, ['name']) ?? ''
  if (withPorts.length < 2) return { container }
  return {
    container,
    note: `took "${name}" for the model among ${names.join(', ')}; --container names another`,
  }
}

function choosePort(ports: readonly DeclaredPort[], { port, targeted }: Choice): number | undefined {
  if (port !== undefined) return port
  const aimed = ports.filter(
    (declared) => targeted.includes(String(declared.port)) || targeted.includes(declared.name ?? ''),
  )
  const traffic = (aimed.length > 0 ? aimed : ports).filter(({ name }) => !OTHER_NAMES.test(name ?? ''))
  for (const pattern of TRAFFIC_NAMES) {
    const found = traffic.find(({ name }) => name !== undefined && pattern.test(name))
    if (found !== undefined) return found.port
  }
  const numbers = targeted.filter((target) => /^\d+$/.test(target)).map(Number)
  return traffic[0]?.port ?? (ports.length === 0 && numbers.length === 1 ? numbers[0] : undefined)
}

/** Ports that a Service of the stream targets, or that are named like traffic; none when the user chose one port. */
function otherTraffic(
  ports: readonly DeclaredPort[],
  main: number,
  { port, targeted }: Choice,
): TrafficPort[] {
  if (port !== undefined) return []
  const isTraffic = ({ port: number, name = '' }: DeclaredPort): boolean =>
    !OTHER_NAMES.test(name) &&
    (targeted.includes(String(number)) ||
      targeted.includes(name) ||
      TRAFFIC_NAMES.some((pattern) => pattern.test(name)))
  const numbers = new Set(ports.filter(isTraffic).map((declared) => declared.port))
  numbers.delete(main)
  return [...numbers].map((number) => ({ port: number, names: namesOf(ports, number) }))
}

const namesOf = (ports: readonly DeclaredPort[], port: number): string[] =>
  ports.filter((declared) => declared.port === port).flatMap(({ name }) => name ?? [])

/** Throws LeftAlone, with the option to add, when container or port cannot be determined. */
export function findModel(containers: readonly PlainObject[], choice: Choice): ModelPort {
  if (containers.some((container) => textAt(container, ['name']) === SIDECAR_NAME)) {
    throw new LeftAlone(`it has a container "${SIDECAR_NAME}" that was not put there by this command`)
  }
  const { container, note } = chooseContainer(containers, choice)
  const name = textAt(container, ['name']) ?? ''
  const ports = declaredPorts(container)
  const port = choosePort(ports, choice)
  if (port === undefined)
    throw new LeftAlone(`container "${name}" declares no port for traffic; give it with --port`)
  const more = otherTraffic(ports, port, choice)
  const watched = [port, ...more.map((other) => other.port)]
  return {
    container: name,
    port,
    names: namesOf(ports, port),
    more,
    unwatched: ports.filter((declared) => !watched.includes(declared.port)).map(show),
    notes: note === undefined ? [] : [note],
  }
}

/** Throws LeftAlone when a container of the pod already has one of the sidecar's ports. */
export function refuseTakenPorts(containers: readonly PlainObject[], own: readonly number[]): void {
  for (const container of containers) {
    const taken = declaredPorts(container).find(({ port }) => own.includes(port))
    if (taken !== undefined) {
      const name = textAt(container, ['name']) ?? ''
      throw new LeftAlone(
        `port ${taken.port} is taken by container "${name}"; choose others with --listen-port and --admin-port`,
      )
    }
  }
}
