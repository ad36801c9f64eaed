/** What an injectable kind of object has to say; one file a platform, all listed in targets.ts. */
import type { Change } from './changes.ts'
import type { ManifestObject } from './manifest.ts'
import type { SidecarOptions } from './sidecar.ts'

export interface InjectOptions extends SidecarOptions {
  /** The sidecar as an init container with `restartPolicy: Always` (Kubernetes 1.29 and later). */
  readonly native: boolean
  /** The model's container, where several could be it. */
  readonly container: string | undefined
  /** The model's port, where several could be it or none is declared. */
  readonly port: number | undefined
  /** Adds the prometheus.io/* annotations to the pods. */
  readonly scrapeAnnotations: boolean
}

/** Services and policies of the stream that concern pods with these labels. */
export interface PodNeighbours {
  /** Services with a cluster address: their target ports can be moved. */
  readonly services: readonly ManifestObject[]
  /** Services whose clients dial the pods themselves. */
  readonly headless: readonly ManifestObject[]
  readonly networkPolicies: readonly ManifestObject[]
}

export interface Plan {
  readonly changes: readonly Change[]
  /** One sentence: what now happens to the traffic. */
  readonly summary: string
  /** What users should know besides. */
  readonly notes: readonly string[]
  /** Services of the stream which have to lead to the sidecar's port instead of these. */
  readonly movedPorts?: {
    readonly services: readonly ManifestObject[]
    readonly port: number
    readonly names: readonly string[]
  }
}

export interface Target {
  readonly group: string
  readonly kinds: readonly string[]
  /** Throws LeftAlone with the reason when this object should stay as it is. */
  readonly plan: (object: ManifestObject, options: InjectOptions, neighboursOf: NeighboursOf) => Plan
}

export type NeighboursOf = (
  labels: ReadonlyMap<string, string>,
  namespace: string | undefined,
) => PodNeighbours
