/**
 * Seldon Core v1 deployments: an orchestrator in the same pod calls each node of the graph on the container port named
 * `http` (or `grpc`), and passes this port to the model in environment variables. The declared port therefore becomes
 * the sidecar's. Variables set here are kept by the operator, and leave the model on its old port.
 */
import type { Change } from './changes.ts'
import type { ManifestObject } from './manifest.ts'
import { declaredPorts, refuseTakenPorts } from './model-container.ts'
import { at, integerAt, isObject, list, objectsAt, type PlainObject, textAt } from './plain.ts'
import { refuseCapture } from './plan-capture.ts'
import { configVolume, podMetadata } from './pod-extras.ts'
import { LeftAlone } from './record.ts'
import { SIDECAR_NAME, sidecarContainer } from './sidecar.ts'
import type { InjectOptions, Plan, Target } from './target.ts'
import { askedPort } from './wishes.ts'
import type { Path } from './yaml-nodes.ts'

interface Transport {
  readonly portName: 'http' | 'grpc'
  /** Port that the operator assigns to the first container of a deployment. */
  readonly defaultPort: number
  /** Each sets the port of one kind of model server. */
  readonly variables: readonly string[]
}

const REST: Transport = {
  portName: 'http',
  defaultPort: 9000,
  variables: ['PREDICTIVE_UNIT_SERVICE_PORT', 'PREDICTIVE_UNIT_HTTP_SERVICE_PORT', 'MLSERVER_HTTP_PORT'],
}
const GRPC: Transport = {
  portName: 'grpc',
  defaultPort: 9500,
  variables: ['PREDICTIVE_UNIT_SERVICE_PORT', 'PREDICTIVE_UNIT_GRPC_SERVICE_PORT', 'MLSERVER_GRPC_PORT'],
}

/** Seldon writes the declared port into the arguments of these servers, so they would listen on the sidecar's port. */
const PORT_IN_ARGUMENTS = ['TRITON_SERVER', 'TENSORFLOW_SERVER']

interface Located {
  /** Index in componentSpecs. */
  readonly component: number
  readonly path: Path
  readonly container: PlainObject
}

function locate(predictor: PlainObject, name: string): Located | undefined {
  for (const [index, component] of list(predictor['componentSpecs']).entries()) {
    const container = at(component, ['spec', 'containers', { name }])
    if (isObject(container))
      return { component: index, path: ['componentSpecs', index, 'spec', 'containers'], container }
  }
  return undefined
}

function refuse(predictor: PlainObject, graph: PlainObject): void {
  const name = textAt(predictor, ['name']) ?? ''
  if (objectsAt(graph, ['children']).length > 0) {
    throw new LeftAlone(
      `the graph of predictor "${name}" has several nodes; modeltap watches one model a pod`,
    )
  }
  const implementation = textAt(graph, ['implementation'])
  if (implementation !== undefined && PORT_IN_ARGUMENTS.includes(implementation)) {
    throw new LeftAlone(
      `Seldon writes the port of ${implementation} into its arguments, so it cannot be moved`,
    )
  }
}

function environment(
  path: Path,
  container: PlainObject | undefined,
  variables: readonly { name: string; value: string }[],
): Change[] {
  if (!Array.isArray(container?.['env']) || container['env'].length === 0) {
    return [{ kind: 'add', path: [...path, 'env'], value: variables }]
  }
  // A variable set by the user is the model's actual port.
  const missing = variables.filter(({ name }) => at(container, ['env', { name }]) === undefined)
  return missing.map((variable) => ({
    kind: 'add',
    path: [...path, 'env', { name: variable.name }],
    value: variable,
  }))
}

function port(path: Path, container: PlainObject, { portName }: Transport, listenPort: number): Change {
  const declared = list(at(container, ['ports']))
  const index = declared.findIndex((entry) => textAt(entry, ['name']) === portName)
  if (index >= 0) return { kind: 'set', path: [...path, 'ports', index, 'containerPort'], value: listenPort }
  const value = { name: portName, containerPort: listenPort, protocol: 'TCP' }
  return { kind: 'add', path: [...path, 'ports', { name: portName }], value }
}

interface PredictorPlan {
  readonly changes: readonly Change[]
  readonly summary: string
}

function planPredictor(
  object: ManifestObject,
  predictor: PlainObject,
  index: number,
  options: InjectOptions,
): PredictorPlan {
  const graph = at(predictor, ['graph'])
  const name = textAt(graph, ['name'])
  if (!isObject(graph) || name === undefined) throw new LeftAlone('a predictor has no graph')
  refuse(predictor, graph)
  const grpc =
    textAt(object.value, ['spec', 'transport']) === 'grpc' || textAt(graph, ['endpoint', 'type']) === 'GRPC'
  const transport = grpc ? GRPC : REST
  const base: Path = ['spec', 'predictors', index]
  const found = locate(predictor, name)
  const declared = found === undefined ? [] : declaredPorts(found.container)
  const own = transport.variables.map((variable) =>
    integerAt(found?.container, ['env', { name: variable }, 'value']),
  )
  const upstreamPort =
    askedPort(object, options) ??
    own.find((value) => value !== undefined) ??
    declared.find((entry) => entry.name === transport.portName)?.port ??
    transport.defaultPort
  const variables = transport.variables.map((variable) => ({ name: variable, value: String(upstreamPort) }))
  const value = sidecarContainer(options, {
    upstreamPort,
    ports: [],
    lifetime: 'container',
    readiness: 'model',
    graceSeconds:
      found && integerAt(predictor, [...found.path.slice(0, -1), 'terminationGracePeriodSeconds']),
  })
  const summary = `sidecar "${SIDECAR_NAME}" stands between Seldon's orchestrator and port ${upstreamPort} of "${name}" in predictor "${textAt(predictor, ['name']) ?? index}"`
  const { listenPort, adminPort } = options
  if (found === undefined) {
    if (list(predictor['componentSpecs']).length > 0) {
      throw new LeftAlone(`no container of its componentSpecs is named "${name}" like the node of the graph`)
    }
    const ports = [{ name: transport.portName, containerPort: listenPort, protocol: 'TCP' }]
    const volumes = configVolume([], options).map((change) => change.value)
    const spec = {
      containers: [{ name, env: variables, ports }, value],
      ...(volumes.length > 0 && { volumes }),
    }
    const metadata = podMetadata([], undefined, options)[0]?.value
    return {
      changes: [{ kind: 'add', path: [...base, 'componentSpecs'], value: [{ metadata, spec }] }],
      summary,
    }
  }
  const siblings = objectsAt(predictor, found.path)
  if (siblings.some((container) => textAt(container, ['name']) === SIDECAR_NAME)) {
    throw new LeftAlone(`it has a container "${SIDECAR_NAME}" that was not put there by this command`)
  }
  refuseTakenPorts(siblings, [listenPort, adminPort])
  const containerPath: Path = [...base, ...found.path, { name }]
  return {
    changes: [
      ...environment(containerPath, found.container, variables),
      port(containerPath, found.container, transport, listenPort),
      { kind: 'add', path: [...base, ...found.path, { name: SIDECAR_NAME }], value },
      ...podMetadata(
        [...base, 'componentSpecs', found.component, 'metadata'],
        at(predictor, ['componentSpecs', found.component, 'metadata']),
        options,
      ),
      ...configVolume([...base, ...found.path.slice(0, -1)], options),
    ],
    summary,
  }
}

function planSeldonDeployment(object: ManifestObject, options: InjectOptions): Plan {
  refuseCapture(options)
  const predictors = objectsAt(object.value, ['spec', 'predictors'])
  if (predictors.length === 0) throw new LeftAlone('it has no predictors')
  const plans = predictors.map((predictor, index) => planPredictor(object, predictor, index, options))
  return {
    changes: plans.flatMap(({ changes }) => changes),
    summary: plans.map(({ summary }) => summary).join('; '),
    notes: options.native ? ['--native does not apply: Seldon merges only containers into its pods'] : [],
  }
}

export const seldonDeployments: Target = {
  group: 'machinelearning.seldon.io',
  kinds: ['SeldonDeployment'],
  plan: planSeldonDeployment,
}
