import { bucketBound } from '../exposition/number-text.ts'
import type { SelfSnapshot } from '../instruments/self-snapshot.ts'

interface ObjectiveKeys {
  readonly model: { readonly owner?: string | undefined }
  readonly objectives: { readonly availability?: number | undefined; readonly latency?: number | undefined }
}

/** The configured objectives, for the instruments. */
export function objectivesOf({ model, objectives }: ObjectiveKeys): NonNullable<SelfSnapshot['objectives']> {
  const { availability, latency } = objectives
  const seconds = latency === undefined ? undefined : latency / 1000
  return {
    owner: model.owner,
    availability,
    latency: seconds === undefined ? undefined : { seconds, bound: bucketBound(seconds) },
  }
}
