/** Services and network policies: which pods they select, and pointing a Service to the sidecar's port. */
import type { Change } from './changes.ts'
import type { ManifestObject } from './manifest.ts'
import { at, isObject, list, objectsAt, textAt } from './plain.ts'
import type { NeighboursOf } from './target.ts'

export interface ServiceTarget {
  /** Index in spec.ports. */
  readonly index: number
  /** The Service's target in its pods: a port number or a port name, as text. */
  readonly target: string
  /** Whether targetPort is written; otherwise it is the Service's own port. */
  readonly explicit: boolean
}

export function targetsOf({ value }: ManifestObject): ServiceTarget[] {
  return list(at(value, ['spec', 'ports'])).flatMap((port, index) => {
    if ((textAt(port, ['protocol']) ?? 'TCP') !== 'TCP') return []
    const explicit = textAt(port, ['targetPort'])
    const target = explicit ?? textAt(port, ['port'])
    return target === undefined ? [] : [{ index, target, explicit: explicit !== undefined }]
  })
}

/** Equality-based selectors only, as in Services; an empty selector selects nothing here. */
function selects(selector: unknown, labels: ReadonlyMap<string, string>): boolean {
  if (!isObject(selector)) return false
  const wanted = Object.entries(selector)
  return wanted.length > 0 && wanted.every(([key, text]) => labels.get(key) === String(text))
}

function policySelects(selector: unknown, labels: ReadonlyMap<string, string>): boolean {
  if (objectsAt(selector, ['matchExpressions']).length > 0) return false
  const matchLabels = at(selector, ['matchLabels'])
  return matchLabels === undefined || selects(matchLabels, labels)
}

export const isService = ({ group, kind }: ManifestObject): boolean => group === '' && kind === 'Service'

/** Whether a Service selects pods with these labels. */
export const leadsTo = (
  service: ManifestObject,
  labels: ReadonlyMap<string, string>,
  namespace: string | undefined,
): boolean => service.namespace === namespace && selects(at(service.value, ['spec', 'selector']), labels)

/** Whether the policy opens single ports, so that the sidecar's ports stay closed. */
export const namesPorts = ({ value }: ManifestObject): boolean =>
  objectsAt(value, ['spec', 'ingress']).some((rule) => list(rule['ports']).length > 0)

export function neighbourhood(objects: readonly ManifestObject[]): NeighboursOf {
  const services = objects.filter(isService)
  const policies = objects.filter(
    ({ group, kind }) => group === 'networking.k8s.io' && kind === 'NetworkPolicy',
  )
  return (labels, namespace) => {
    const own = services.filter((service) => leadsTo(service, labels, namespace))
    const headless = own.filter(({ value }) => textAt(value, ['spec', 'clusterIP']) === 'None')
    return {
      services: own.filter((service) => !headless.includes(service)),
      headless,
      networkPolicies: policies.filter(
        (policy) =>
          policy.namespace === namespace && policySelects(at(policy.value, ['spec', 'podSelector']), labels),
      ),
    }
  }
}

/** The change that points one port of a Service to `port` of its pods. */
export const retarget = ({ index, explicit }: ServiceTarget, port: number): Change => ({
  kind: explicit ? 'set' : 'add',
  path: ['spec', 'ports', index, 'targetPort'],
  value: port,
})
