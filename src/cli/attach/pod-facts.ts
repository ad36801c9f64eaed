/** Facts about a running pod, read from `kubectl get pod -o json`. */
import { findModel } from '../../inject/model-container.ts'
import { objectsAt, type PlainObject, textAt } from '../../inject/plain.ts'
import { SIDECAR_NAME } from '../../inject/sidecar.ts'

export interface PodFacts {
  readonly container: string
  readonly port: number
  /** Name for the new container: the first free one of modeltap, modeltap-2, … */
  readonly freeName: string
  readonly notes: readonly string[]
}

interface Asked {
  readonly container: string | undefined
  readonly port: number | undefined
}

/** Throws LeftAlone when container or port cannot be determined. */
export function podFacts(pod: PlainObject, { container, port }: Asked): PodFacts {
  const containers = objectsAt(pod, ['spec', 'containers'])
  const annotation = textAt(pod, ['metadata', 'annotations', 'kubectl.kubernetes.io/default-container'])
  const model = findModel(containers, { container, port, defaultContainer: annotation, targeted: [] })
  const taken = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
    objectsAt(pod, ['spec', list]).flatMap((one) => textAt(one, ['name']) ?? []),
  )
  let freeName: string = SIDECAR_NAME
  for (let count = 2; taken.includes(freeName); count += 1) freeName = `${SIDECAR_NAME}-${count}`
  const others = taken.filter(
    (name) => /^modeltap(-\d+)?$/.test(name) && stateOf(pod, name).kind === 'running',
  )
  const notes = others.map(
    (name) => `"${name}" runs in this pod already: a second one needs another --admin-port`,
  )
  return { container: model.container, port: model.port, freeName, notes: [...model.notes, ...notes] }
}

export type ContainerState =
  | { readonly kind: 'pending'; readonly why: string }
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly why: string }

/** Of the ephemeral container `name`. */
export function stateOf(pod: PlainObject, name: string): ContainerState {
  const status = objectsAt(pod, ['status', 'ephemeralContainerStatuses']).find(
    (one) => textAt(one, ['name']) === name,
  )
  if (textAt(status, ['state', 'running', 'startedAt']) !== undefined) return { kind: 'running' }
  const reason = (state: string): string | undefined => {
    const words = ['reason', 'message'].flatMap((key) => textAt(status, ['state', state, key]) ?? [])
    return words.length === 0 ? undefined : words.join(': ')
  }
  const exitCode = textAt(status, ['state', 'terminated', 'exitCode'])
  if (exitCode !== undefined)
    return { kind: 'ended', why: `exit code ${exitCode}, ${reason('terminated') ?? 'no reason'}` }
  return { kind: 'pending', why: reason('waiting') ?? 'the kubelet has not started it yet' }
}
