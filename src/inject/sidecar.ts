/** The container that injection adds, as plain values in the order in which people read a manifest. */
import { version } from '../lib/version.ts'

/** What users choose; ports are TCP port numbers of the pod. */
export interface SidecarOptions {
  readonly image: string
  /** Where clients of the model come to, on all of the pod's addresses. */
  readonly listenPort: number
  /** Where Prometheus and the probes come to. */
  readonly adminPort: number
  /** A user id other than the model's; undefined leaves it to the image or the platform (OpenShift). */
  readonly runAsUser: number | undefined
  readonly resources: {
    readonly cpuRequest: string
    readonly memoryRequest: string
    readonly memoryLimit: string
  }
  /** Name of a ConfigMap with the key modeltap.yaml, mounted into the sidecar. */
  readonly configMap: string | undefined
  /** Whom the alerts of the model are for. */
  readonly owner?: string | undefined
  /** Captures the packets of the model's port instead of passing its traffic. */
  readonly capture?: boolean
}

export const SIDECAR_NAME = 'modeltap'
/** Built with `--target capture`: the same image with tcpdump. */
export const CAPTURE_IMAGE = `modeltap:${version}-capture`
export const PORT_NAME = 'modeltap'
export const ADMIN_PORT_NAME = 'modeltap-admin'
export const CONFIG_VOLUME = 'modeltap-config'
const CONFIG_DIRECTORY = '/etc/modeltap'

export interface ContainerPort {
  readonly name?: string
  readonly containerPort: number
  readonly protocol: 'TCP'
}

export interface SidecarShape {
  /** Other than `modeltap` only where a platform gives the name a meaning. */
  readonly name?: string
  /** The port of the model in the same pod. */
  readonly upstreamPort: number
  readonly ports: readonly ContainerPort[]
  /** `init`: an init container that keeps running, which Kubernetes starts first and stops last. */
  readonly lifetime: 'container' | 'init'
  /**
   * `self` never asks the model. `model` is for platforms that look at no other readiness than this container's, so
   * that it has to pass the model's on.
   */
  readonly readiness: 'self' | 'model'
  /** The pod's terminationGracePeriodSeconds; `undefined` when it has none. */
  readonly graceSeconds?: number | undefined
  readonly env?: readonly { readonly name: string; readonly value: string }[]
}

/** @returns of a capture only the one that restarts itself: the model must not wait for a watcher, nor be taken out of service */
function probes({ adminPort, capture }: SidecarOptions, { readiness, lifetime }: SidecarShape) {
  const get = (path: string) => ({ httpGet: { path, port: adminPort } })
  const livenessProbe = {
    ...get('/healthz'),
    initialDelaySeconds: 10,
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 6,
  }
  if (capture === true) return { livenessProbe }
  return {
    // Asked before anything else starts when the sidecar is an init container, so it must not wait for the model.
    ...(lifetime === 'init' && {
      startupProbe: { ...get('/healthz'), periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 30 },
    }),
    readinessProbe: {
      ...get(readiness === 'self' ? '/healthz' : '/readyz'),
      periodSeconds: 5,
      timeoutSeconds: 2,
      failureThreshold: 3,
      successThreshold: 1,
    },
    livenessProbe,
  }
}

/** What Kubernetes gives a pod that says nothing else. */
const DEFAULT_GRACE_SECONDS = 30

/**
 * A container gets SIGTERM while the cluster still sends it connections, so it accepts them for a while; an init
 * container gets it after the model has ended, when nothing is left to wait for. Both end within the pod's grace period:
 * with 5 seconds to spare when it has 15 at least, and streams of a model with a long one are carried to their end.
 */
function drain({ lifetime, graceSeconds = DEFAULT_GRACE_SECONDS }: SidecarShape) {
  const timeout = (seconds: number) => ({ name: 'MODELTAP_DRAIN_TIMEOUT', value: `${seconds}s` })
  if (lifetime === 'init') return [timeout(5)]
  const delay = Math.min(5, Math.floor(graceSeconds / 3))
  return [
    { name: 'MODELTAP_DRAIN_DELAY', value: `${delay}s` },
    timeout(Math.max(1, graceSeconds - 2 * delay)),
  ]
}

const unprivileged = (runAsUser: number | undefined) => ({
  runAsNonRoot: true,
  ...(runAsUser !== undefined && { runAsUser, runAsGroup: runAsUser }),
})

/** NET_RAW alone. `allowPrivilegeEscalation: false` would make the kernel ignore the file capability of tcpdump. */
export const captureSecurity = (runAsUser: number | undefined) => ({
  ...unprivileged(runAsUser),
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
  seccompProfile: { type: 'RuntimeDefault' },
})

/** Pod Security "restricted", whatever the pod itself says. */
const securityContext = (runAsUser: number | undefined) => ({
  ...unprivileged(runAsUser),
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
})

export function sidecarContainer(options: SidecarOptions, shape: SidecarShape): Record<string, unknown> {
  const { image, listenPort, adminPort, runAsUser, resources, configMap, owner, capture } = options
  const env = [
    ...(shape.env ?? []),
    ...(owner === undefined ? [] : [{ name: 'MODELTAP_MODEL_OWNER', value: owner }]),
    // A capture holds no connection that could be waited for.
    ...(capture === true ? [] : drain(shape)),
  ]
  return {
    name: shape.name ?? SIDECAR_NAME,
    image,
    ...(shape.lifetime === 'init' && { restartPolicy: 'Always' }),
    args: [
      'run',
      ...(capture === true
        ? [`--capture=${shape.upstreamPort}`]
        : [`--upstream=127.0.0.1:${shape.upstreamPort}`, `--listen=0.0.0.0:${listenPort}`]),
      `--admin=0.0.0.0:${adminPort}`,
      ...(configMap === undefined ? [] : [`--config=${CONFIG_DIRECTORY}/modeltap.yaml`]),
    ],
    ...(env.length > 0 && { env }),
    ...(shape.ports.length > 0 && { ports: shape.ports }),
    ...probes(options, shape),
    resources: {
      // No CPU limit: throttling of a proxy delays every request of the model (docs/deploy.md).
      requests: { cpu: resources.cpuRequest, memory: resources.memoryRequest },
      limits: { memory: resources.memoryLimit },
    },
    securityContext: capture === true ? captureSecurity(runAsUser) : securityContext(runAsUser),
    ...(configMap !== undefined && {
      volumeMounts: [{ name: CONFIG_VOLUME, mountPath: CONFIG_DIRECTORY, readOnly: true }],
    }),
  }
}
