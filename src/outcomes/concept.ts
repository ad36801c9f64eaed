/** Feeds the errors of one output to the configured detectors of concept drift. */
import type { Detecting, DetectorState } from './detectors/detector.ts'
import type { DetectorName } from './detectors/index.ts'
import { findDetector } from './detectors/index.ts'
import type { ConceptSnapshot } from './snapshot.ts'

/** Rate of the moving mean, which distinguishes a rise from a fall when a drift occurs. */
const FAST = 0.05
const SLOW = 0.002

interface Followed {
  readonly name: DetectorName
  readonly detecting: Detecting
  state: DetectorState
  readonly detections: { up: number; down: number }
  lastDetectionEpochMs: number | undefined
}

export class Concept {
  readonly #followed: readonly Followed[]
  #fast: number | undefined
  #slow = 0

  constructor(names: readonly DetectorName[]) {
    this.#followed = [...new Set(names)].map((name) => ({
      name,
      detecting: findDetector(name).start({ random: seededRandom }),
      state: 'stable',
      detections: { up: 0, down: 0 },
      lastDetectionEpochMs: undefined,
    }))
  }

  /** @param error 0…1 */
  add(error: number, epochMs: number): void {
    this.#slow = this.#fast === undefined ? error : this.#slow + SLOW * (error - this.#slow)
    this.#fast = this.#fast === undefined ? error : this.#fast + FAST * (error - this.#fast)
    for (const followed of this.#followed) {
      followed.state = followed.detecting.update(error)
      if (followed.state !== 'drift') continue
      followed.detections[this.#fast >= this.#slow ? 'up' : 'down'] += 1
      followed.lastDetectionEpochMs = epochMs
    }
  }

  snapshot(): readonly ConceptSnapshot[] {
    return this.#followed.map(({ name, state, detections, lastDetectionEpochMs }) => ({
      detector: name,
      state,
      detections: { ...detections },
      lastDetectionEpochMs,
    }))
  }
}

/** A small generator with a fixed seed (Lehmer, 2³¹ − 1), so that replays are reproducible. */
function seededRandom(): (bound: number) => number {
  let state = 20_240_711
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647
    return state % bound
  }
}
