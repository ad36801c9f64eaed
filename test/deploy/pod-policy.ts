/**
 * The rules that every pod we ship must keep: Pod Security "restricted" for the whole pod, and for the sidecar the
 * decisions of docs/deploy.md.
 */
export interface Container {
  readonly name: string
  readonly restartPolicy?: string
  readonly args?: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
  readonly ports?: readonly { readonly containerPort: unknown }[]
  readonly resources?: {
    readonly requests?: Readonly<Record<string, unknown>>
    readonly limits?: Readonly<Record<string, unknown>>
  }
  readonly securityContext?: Readonly<Record<string, unknown>> & {
    readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] }
    readonly seccompProfile?: { readonly type?: string }
  }
  readonly startupProbe?: Probe
  readonly readinessProbe?: Probe
  readonly livenessProbe?: Probe
}

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: unknown }
  readonly periodSeconds?: number
  readonly failureThreshold?: number
}

export interface PodSpec {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly hostNetwork?: boolean
  readonly hostPID?: boolean
  readonly hostIPC?: boolean
  readonly terminationGracePeriodSeconds?: number
  readonly volumes?: readonly Readonly<Record<string, unknown>>[]
}

const RESTRICTED_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

/** Violations of the Pod Security Standard "restricted", by container. */
export function restrictedViolations(pod: PodSpec): string[] {
  const found: string[] = []
  if (pod.hostNetwork === true || pod.hostPID === true || pod.hostIPC === true) found.push('host namespaces')
  for (const volume of pod.volumes ?? []) {
    const type = Object.keys(volume).find((key) => key !== 'name') ?? 'none'
    if (!RESTRICTED_VOLUMES.includes(type)) found.push(`volume type ${type}`)
  }
  for (const { name, securityContext } of [...pod.containers, ...(pod.initContainers ?? [])]) {
    const require = (holds: boolean, what: string): void => void (holds || found.push(`${name}: ${what}`))
    require(securityContext?.['allowPrivilegeEscalation'] === false, 'allowPrivilegeEscalation is not false')
    require(securityContext?.['runAsNonRoot'] === true, 'runAsNonRoot is not true')
    require(securityContext?.['runAsUser'] !== 0, 'runs as root')
    require(securityContext?.['privileged'] !== true, 'is privileged')
    require(securityContext?.capabilities?.drop?.includes('ALL') === true, 'keeps capabilities')
    require((securityContext?.capabilities?.add ?? []).length === 0, 'adds capabilities')
    require(securityContext?.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile')
  }
  return found
}

const seconds = (container: Container, name: string, otherwise: number): number => {
  const text = container.env?.find((variable) => variable.name === name)?.value
  return text === undefined ? otherwise : Number(text.replace(/s$/, ''))
}

/** Violations of what we decided for the sidecar. */
export function sidecarViolations(pod: PodSpec, sidecar: Container): string[] {
  const found: string[] = []
  const require = (holds: boolean, what: string): void =>
    void (holds || found.push(`${sidecar.name}: ${what}`))
  const isCapture = sidecar.args?.some((argument) => argument.startsWith('--capture=')) === true
  const { requests, limits } = sidecar.resources ?? {}
  require(requests?.['cpu'] !== undefined && requests['memory'] !== undefined, 'requests are missing')
  require(limits?.['memory'] !== undefined, 'memory has no limit')
  require(limits?.['cpu'] === undefined, 'CPU has a limit, which delays every request of the model')
  require(sidecar.securityContext?.['readOnlyRootFilesystem'] === true, 'root file system is writable')
  for (const { containerPort } of sidecar.ports ?? [])
    require(typeof containerPort === 'number', 'a port has a name for a number')
  for (const kind of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
    const probe = sidecar[kind]
    // A pod is ready without its watcher.
    const isNeeded = kind === 'livenessProbe' || (kind === 'readinessProbe' && !isCapture)
    if (isNeeded) require(probe !== undefined, `${kind} is missing`)
    if (probe === undefined) continue
    require(typeof probe.httpGet?.port === 'number', `${kind} has no numeric port`)
    require(probe.httpGet?.path === '/healthz', `${kind} asks for more than the sidecar itself`)
  }
  const native = pod.initContainers?.includes(sidecar) === true
  require(native === (sidecar.restartPolicy === 'Always'), 'restartPolicy does not fit its place')
  require(!native || isCapture || sidecar.startupProbe !== undefined, 'nothing says when the model may start')
  const drain = seconds(sidecar, 'MODELTAP_DRAIN_DELAY', 0) + seconds(sidecar, 'MODELTAP_DRAIN_TIMEOUT', 25)
  require(drain < (pod.terminationGracePeriodSeconds ?? 30), 'drains longer than the grace period')
  require(!native || seconds(sidecar, 'MODELTAP_DRAIN_DELAY', 0) === 0, 'waits although the model has ended')
  return found
}
