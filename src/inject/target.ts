/** The interface of an injectable kind of object; one file for each platform, all listed in targets.ts. */
import type { Change } from './changes.ts'
import type { ManifestObject } from './manifest.ts'
import type { SidecarOptions } from './sidecar.ts'

export interface InjectOptions extends SidecarOptions {
  /** The sidecar as an init container with `restartPolicy: Always` (Kubernetes 1.29 and later). */
  readonly native: boolean
  /** The model's container, when several are possible. */
  readonly container: string | undefined
  /** The model's port, when several are possible or none is declared. */
  readonly port: number | undefined
  /** Adds the prometheus.io/* annotations to the pods. */
  readonly scrapeAnnotations: boolean
}

/** Services and policies of the stream that select pods with these labels. */
export interface PodNeighbours {
  /** Services with a cluster address: their target ports can be changed. */
  readonly services: readonly ManifestObject[]
  /** Headless Services: clients connect to the pods directly. */
  readonly headless: readonly ManifestObject[]
  readonly networkPolicies: readonly ManifestObject[]
}

/** A port of the model and the port of the sidecar that now stands before it. */
export interface MovedPort {
  readonly port: number
  readonly names: readonly string[]
  readonly listenPort: number
}

export interface Plan {
  readonly changes: readonly Change[]
  /** One sentence on the new path of the traffic. */
  readonly summary: string
  /** Further notes for the user. */
  readonly notes: readonly string[]
  /** Services of the stream that must point to the sidecar's port instead of these. */
  readonly movedPorts?: {
    readonly services: readonly ManifestObject[]
    readonly ports: readonly MovedPort[]
  }
}

export interface Target {
  readonly group: string
  readonly kinds: readonly string[]
  /** Throws LeftAlone with the reason when this object must stay unchanged. */
  readonly plan: (object: ManifestObject, options: InjectOptions, neighboursOf: NeighboursOf) => Plan
}

export type NeighboursOf = (
  labels: ReadonlyMap<string, string>,
  namespace: string | undefined,
) => PodNeighbours
