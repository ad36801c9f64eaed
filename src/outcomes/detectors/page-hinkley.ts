/** Page, "Continuous Inspection Schemes", 1954, with a forgetting mean; both directions. */
import { defineDetector, type Detecting, type DetectorState } from './detector.ts'
import { RunningMean } from './running-mean.ts'

interface Parameters {
  readonly minInstances: number
  /** Tolerated change. */
  readonly delta: number
  readonly threshold: number
  /** Fraction of the sum that is kept with each value. */
  readonly alpha: number
}

export const pageHinkley = defineDetector<Parameters>({
  name: 'page_hinkley',
  summary: 'deviations of the error from its mean add up to more than a threshold',
  defaults: { minInstances: 30, delta: 0.005, threshold: 50, alpha: 1 - 0.0001 },
  begin: ({ minInstances, delta, threshold, alpha }): Detecting => {
    const mean = new RunningMean()
    let increase = 0
    let decrease = 0
    let lowest = Infinity
    let highest = -1
    return {
      update: (error): DetectorState => {
        mean.update(error)
        const deviation = error - mean.mean
        increase = alpha * increase + deviation - delta
        decrease = alpha * decrease + deviation + delta
        lowest = Math.min(lowest, increase)
        highest = Math.max(highest, decrease)
        if (mean.n < minInstances) return 'stable'
        return increase - lowest > threshold || highest - decrease > threshold ? 'drift' : 'stable'
      },
    }
  },
})
