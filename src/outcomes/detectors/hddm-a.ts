/** Hoeffding's bound on averages. Frías-Blanco et al., "Online and Non-Parametric Drift Detection Methods", 2015. */
import { defineDetector, type Detecting, type DetectorState } from './detector.ts'
import { RunningMean } from './running-mean.ts'

interface Parameters {
  /** Confidence of a drift and of a warning. */
  readonly drift: number
  readonly warning: number
  /** Whether a decrease of errors is a drift as well. */
  readonly twoSided: boolean
}

export const hddmA = defineDetector<Parameters>({
  name: 'hddm_a',
  summary: "the mean error differs from that of its best beginning by more than Hoeffding's bound",
  defaults: { drift: 0.001, warning: 0.005, twoSided: true },
  begin: ({ drift, warning, twoSided }): Detecting => {
    const all = new RunningMean()
    let lowest = all
    let highest = all
    const bound = (n: number): number => Math.sqrt((1 / (2 * n)) * Math.log(1 / drift))
    const differs = (beginning: RunningMean, difference: number, confidence: number): boolean => {
      if (beginning.n === all.n) return false
      const part = ((all.n - beginning.n) / beginning.n) * (1 / all.n)
      return difference >= Math.sqrt((part / 2) * Math.log(2 / confidence))
    }
    return {
      update: (error): DetectorState => {
        all.update(error)
        if (lowest === all) lowest = highest = all.copy()
        const reach = bound(all.n)
        if (lowest.mean + bound(lowest.n) >= all.mean + reach) lowest = all.copy()
        if (highest.mean - bound(highest.n) <= all.mean - reach) highest = all.copy()
        const rise = all.mean - lowest.mean
        const fall = highest.mean - all.mean
        if (differs(lowest, rise, drift)) return 'drift'
        if (twoSided && differs(highest, fall, drift)) return 'drift'
        if (differs(lowest, rise, warning)) return 'warning'
        return twoSided && differs(highest, fall, warning) ? 'warning' : 'stable'
      },
    }
  },
})
