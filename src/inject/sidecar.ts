/** The container that injection adds, as plain values in the usual order of a manifest. */
import { version } from '../lib/version.ts'

/** Options of users; ports are TCP port numbers of the pod. */
export interface SidecarOptions {
  readonly image: string
  /** Port for clients of the model, on all of the pod's addresses. */
  readonly listenPort: number
  /** Port for Prometheus and the probes. */
  readonly adminPort: number
  /** A user id other than the model's; undefined uses that of the image or the platform (OpenShift). */
  readonly runAsUser: number | undefined
  readonly resources: {
    readonly cpuRequest: string
    readonly memoryRequest: string
    readonly memoryLimit: string
  }
  /** Name of a ConfigMap with the key modeltap.yaml, mounted into the sidecar. */
  readonly configMap: string | undefined
  /** The owner label for alerts of the model. */
  readonly owner?: string | undefined
  /** Captures the packets of the model's port instead of proxying its traffic. */
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
  /** Another name than `modeltap` only where a platform gives the name a meaning. */
  readonly name?: string
  /** The port of the model in the same pod. */
  readonly upstreamPort: number
  /** Further ports of the model, each with the sidecar's port before it. */
  readonly more?: readonly { readonly upstreamPort: number; readonly listenPort: number }[]
  readonly ports: readonly ContainerPort[]
  /** `init`: an init container that keeps running, which Kubernetes starts first and stops last. */
  readonly lifetime: 'container' | 'init'
  /**
   * `self` never checks the model. `model` is for platforms that only use this container's readiness, so it must
   * reflect the model's.
   */
  readonly readiness: 'self' | 'model'
  /** The pod's terminationGracePeriodSeconds; `undefined` when it has none. */
  readonly graceSeconds?: number | undefined
  readonly env?: readonly { readonly name: string; readonly value: string }[]
}

/**
 * @returns for a capture, only the liveness probe: the model must not wait for an observer, nor be taken out of service
 */
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
    // An init sidecar is probed before anything else starts, so this probe must not wait for the model.
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

/** The Kubernetes default for pods that set none. */
const DEFAULT_GRACE_SECONDS = 30

/**
 * A container receives SIGTERM while the cluster still sends it connections, so it accepts them for a while. An init
 * container receives it after the model has ended, when nothing is left to wait for. Both end within the pod's grace
 * period, with 5 seconds to spare if it is at least 15 seconds. With a long grace period, streams of the model are
 * carried to their end.
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

/** Only NET_RAW. With `allowPrivilegeEscalation: false` the kernel would ignore the file capability of tcpdump. */
export const captureSecurity = (runAsUser: number | undefined) => ({
  ...unprivileged(runAsUser),
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
  seccompProfile: { type: 'RuntimeDefault' },
})

/** Pod Security "restricted", whatever the pod's own settings. */
const securityContext = (runAsUser: number | undefined) => ({
  ...unprivileged(runAsUser),
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
})

export function sidecarContainer(options: SidecarOptions, shape: SidecarShape): Record<string, unknown> {
  const { image, listenPort, adminPort, runAsUser, resources, configMap, owner, capture } = options
  const { more = [] } = shape
  const env = [
    ...(shape.env ?? []),
    ...(owner === undefined ? [] : [{ name: 'MODELTAP_MODEL_OWNER', value: owner }]),
    // A capture holds no connections to drain.
    ...(capture === true ? [] : drain(shape)),
  ]
  return {
    name: shape.name ?? SIDECAR_NAME,
    image,
    ...(shape.lifetime === 'init' && { restartPolicy: 'Always' }),
    args: [
      'run',
      ...(capture === true
        ? [`--capture=${[shape.upstreamPort, ...more.map(({ upstreamPort }) => upstreamPort)].join(',')}`]
        : [
            `--upstream=127.0.0.1:${shape.upstreamPort}`,
            `--listen=0.0.0.0:${listenPort}`,
            ...more.map((port) => `--listener=0.0.0.0:${port.listenPort}=127.0.0.1:${port.upstreamPort}`),
          ]),
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
