/**
 * KServe InferenceServices and Knative Services: the platform creates pods and Services, and routes to one port of one
 * container. The sidecar therefore becomes that container.
 *
 * KServe routes to the container `transformer-container` of a predictor if it exists, in Standard and Knative mode, for
 * runtimes and for custom containers (its "collocation" of transformer and predictor). Knative allows one container
 * port in the whole pod, so the model's ports are removed: they are only documentation, and the model still listens.
 */
import type { Change } from './changes.ts'
import type { ManifestObject } from './manifest.ts'
import { declaredPorts, findModel, type ModelPort, refuseTakenPorts } from './model-container.ts'
import { at, integerAt, isObject, objectsAt, type PlainObject, textAt } from './plain.ts'
import { refuseCapture } from './plan-capture.ts'
import { configVolume, podMetadata, scrapeNotes } from './pod-extras.ts'
import { LeftAlone } from './record.ts'
import { type ContainerPort, SIDECAR_NAME, sidecarContainer } from './sidecar.ts'
import type { InjectOptions, Plan, Target } from './target.ts'
import { askedPort } from './wishes.ts'
import type { Path } from './yaml-nodes.ts'

const ROUTED_CONTAINER = 'transformer-container'
const MODEL_CONTAINER = 'kserve-container'
/** Port of KServe's runtimes when they declare none. */
const RUNTIME_PORT = 8080
/** Frameworks that were keys of the predictor before `model` existed. */
const FRAMEWORKS = [
  'model',
  'sklearn',
  'xgboost',
  'lightgbm',
  'pmml',
  'paddle',
  'tensorflow',
  'pytorch',
  'triton',
  'onnx',
  'huggingface',
  'mlflow',
]

/** Knative distinguishes HTTP/2 from HTTP/1 by the port name, so the name moves with the traffic. */
function routedPort(model: Pick<ModelPort, 'names'>, { listenPort }: InjectOptions): ContainerPort {
  const name = model.names[0]
  return { ...(name !== undefined && { name }), containerPort: listenPort, protocol: 'TCP' }
}

/** Only documentation for Kubernetes, but Knative refuses a second container with ports. */
const withoutPorts = (path: Path, container: unknown): Change[] =>
  objectsAt(container, ['ports']).length === 0 ? [] : [{ kind: 'set', path: [...path, 'ports'], value: [] }]

const PROBES = ['readinessProbe', 'livenessProbe', 'startupProbe']

function probeNotes(container: unknown, mode: string | undefined): string[] {
  if (mode === 'Standard' || mode === 'RawDeployment') return []
  if (!PROBES.some((probe) => isObject(at(container, [probe])))) return []
  return [
    'the model keeps its probes: in Knative mode they need multi-container-probing: enabled in the ConfigMap config-features',
  ]
}

const native = ({ native }: InjectOptions): string[] =>
  native ? ['--native does not apply: the platform routes to containers, not to init containers'] : []

/** The model of a predictor: its own container, or the container that KServe creates for the framework. */
function predictorModel(predictor: PlainObject, object: ManifestObject, options: InjectOptions) {
  const framework = FRAMEWORKS.find((key) => isObject(predictor[key]))
  const containers = objectsAt(predictor, ['containers'])
  if (containers.some((container) => textAt(container, ['name']) === ROUTED_CONTAINER)) {
    throw new LeftAlone(`its predictor has a ${ROUTED_CONTAINER} already, and KServe routes to only one`)
  }
  const asked = askedPort(object, options)
  const custom = containers.some((container) => textAt(container, ['name']) === MODEL_CONTAINER)
  if (framework === undefined || custom) {
    if (containers.length === 0) throw new LeftAlone('its predictor names no model and no container')
    const name = custom ? MODEL_CONTAINER : textAt(containers[0], ['name'])
    const container = containers.find((candidate) => textAt(candidate, ['name']) === name)
    const port = asked ?? (declaredPorts(container ?? {}).length === 0 ? RUNTIME_PORT : undefined)
    const model = findModel(containers, {
      container: options.container ?? name,
      port,
      defaultContainer: undefined,
      targeted: [],
    })
    refuseTakenPorts(containers, [options.listenPort, options.adminPort])
    return { model, path: ['containers', { name: model.container }] satisfies Path, container }
  }
  const declared = declaredPorts(at(predictor, [framework]) as PlainObject)
  const port = asked ?? declared[0]?.port ?? RUNTIME_PORT
  const names = declared.filter((entry) => entry.port === port).flatMap(({ name }) => name ?? [])
  const model: ModelPort = { container: framework, port, names, more: [], unwatched: [], notes: [] }
  return { model, path: [framework] satisfies Path, container: predictor[framework] }
}

function planInferenceService(object: ManifestObject, options: InjectOptions): Plan {
  refuseCapture(options)
  const mode = textAt(object.value, ['metadata', 'annotations', 'serving.kserve.io/deploymentMode'])
  if (mode === 'ModelMesh') throw new LeftAlone('ModelMesh runs its model in pods that many models share')
  const predictor = at(object.value, ['spec', 'predictor'])
  if (!isObject(predictor)) throw new LeftAlone('it has no predictor')
  const base: Path = ['spec', 'predictor']
  const { model, path, container } = predictorModel(predictor, object, options)
  const value = sidecarContainer(options, {
    name: ROUTED_CONTAINER,
    upstreamPort: model.port,
    ports: [routedPort(model, options)],
    lifetime: 'container',
    // In Knative mode only this container's readiness counts.
    readiness: 'model',
    graceSeconds: integerAt(predictor, ['terminationGracePeriodSeconds']),
    // KServe reads the protocol of custom predictors from the container to which it routes.
    env: objectsAt(container, ['env'])
      .filter((variable) => textAt(variable, ['name']) === 'PROTOCOL')
      .flatMap((variable) => {
        const protocol = textAt(variable, ['value'])
        return protocol === undefined ? [] : [{ name: 'PROTOCOL', value: protocol }]
      }),
  })
  return {
    changes: [
      ...withoutPorts([...base, ...path], container),
      { kind: 'add', path: [...base, 'containers', { name: ROUTED_CONTAINER }], value },
      ...configVolume(base, options),
      ...podMetadata(base, predictor, options),
    ],
    summary: `sidecar "${ROUTED_CONTAINER}", the container that KServe routes to, passes port ${options.listenPort} on to port ${model.port} of the predictor`,
    notes: [
      ...model.notes,
      ...probeNotes(container, mode),
      ...scrapeNotes(predictor, options),
      ...native(options),
    ],
  }
}

function planKnativeService(object: ManifestObject, options: InjectOptions): Plan {
  refuseCapture(options)
  const template = at(object.value, ['spec', 'template'])
  if (!isObject(template)) throw new LeftAlone('it has no revision template')
  const containers = objectsAt(template, ['spec', 'containers'])
  const asked = askedPort(object, options)
  const routed = containers.find((container) => declaredPorts(container).length > 0) ?? containers[0]
  if (routed === undefined) throw new LeftAlone('it has no container')
  const name = textAt(routed, ['name'])
  if (name === undefined)
    throw new LeftAlone('its container has no name, which Knative asks for beside a second one; give it one')
  const model = findModel(containers, {
    container: options.container ?? name,
    port: asked ?? (declaredPorts(routed).length === 0 ? RUNTIME_PORT : undefined),
    defaultContainer: undefined,
    targeted: [],
  })
  refuseTakenPorts(containers, [options.listenPort, options.adminPort])
  const base: Path = ['spec', 'template', 'spec']
  const value = sidecarContainer(options, {
    upstreamPort: model.port,
    ports: [routedPort(model, options)],
    lifetime: 'container',
    readiness: 'model',
  })
  return {
    changes: [
      ...withoutPorts([...base, 'containers', { name: model.container }], routed),
      { kind: 'add', path: [...base, 'containers', { name: SIDECAR_NAME }], value },
      ...configVolume(base, options),
      ...podMetadata(['spec', 'template', 'metadata'], at(template, ['metadata']), options),
    ],
    summary: `sidecar "${SIDECAR_NAME}" is the container that Knative routes to; it passes port ${options.listenPort} on to port ${model.port} of "${model.container}"`,
    notes: [
      ...model.notes,
      ...probeNotes(routed, undefined),
      ...scrapeNotes(at(template, ['metadata']), options),
      ...native(options),
    ],
  }
}

export const inferenceServices: Target = {
  group: 'serving.kserve.io',
  kinds: ['InferenceService'],
  plan: planInferenceService,
}
export const knativeServices: Target = {
  group: 'serving.knative.dev',
  kinds: ['Service'],
  plan: planKnativeService,
}
