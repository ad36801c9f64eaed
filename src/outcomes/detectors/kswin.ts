/** Kolmogorov-Smirnov windowing. Raab et al., "Reactive Soft Prototype Computing for Concept Drift Streams", 2020. */
import { defineDetector, type Detecting, type DetectorState } from './detector.ts'
import { twoSampleKs } from './two-sample-ks.ts'

interface Parameters {
  /** p-value from which the samples count as equal. */
  readonly alpha: number
  readonly window: number
  /** Size of each of the two samples. */
  readonly sample: number
}

/** Distances up to this are ignored, however unlikely they are. */
const SMALLEST_DISTANCE = 0.1

export const kswin = defineDetector<Parameters>({
  name: 'kswin',
  summary: 'the latest 30 errors and 30 random ones before them differ by the Kolmogorov-Smirnov test',
  defaults: { alpha: 0.005, window: 100, sample: 30 },
  begin: ({ alpha, window, sample }, { random }): Detecting => {
    const randomBelow = random()
    const values: number[] = []
    return {
      update: (error): DetectorState => {
        values.push(error)
        if (values.length > window) values.shift()
        if (values.length < window) return 'stable'
        const older = drawn(values.slice(0, window - sample), sample, randomBelow)
        const { distance, pValue } = twoSampleKs(older, values.slice(window - sample))
        return pValue <= alpha && distance > SMALLEST_DISTANCE ? 'drift' : 'stable'
      },
    }
  },
})

/** Sampling without replacement. */
function drawn(pool: number[], count: number, randomBelow: (bound: number) => number): number[] {
  return Array.from({ length: count }, (_, index) => {
    const last = pool.length - index - 1
    const place = randomBelow(last + 1)
    const value = pool[place] as number
    pool[place] = pool[last] as number
    return value
  })
}
