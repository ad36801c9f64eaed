import { emptySelfSnapshot } from '../../src/instruments/self-snapshot.ts'
import { emptyResourceSnapshot } from '../../src/resources/snapshot.ts'

/** What an exposition collects where nothing but recording is measured. */
export const idleSources = () => ({
  snapshot: { takenEpochMs: 0, models: [] },
  resources: emptyResourceSnapshot,
  self: emptySelfSnapshot,
})
