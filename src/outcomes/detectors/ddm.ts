/** Drift Detection Method. Gama et al., "Learning with Drift Detection", 2004. */
import { defineDetector, type Detecting, type DetectorState } from './detector.ts'
import { RunningMean } from './running-mean.ts'

interface Parameters {
  readonly warmStart: number
  /** Standard deviations above the lowest error rate. */
  readonly warning: number
  readonly drift: number
}

export const ddm = defineDetector<Parameters>({
  name: 'ddm',
  summary: 'the error rate is three standard deviations above its lowest; for errors of 0 and 1',
  defaults: { warmStart: 30, warning: 2, drift: 3 },
  begin: ({ warmStart, warning, drift }): Detecting => {
    const rate = new RunningMean()
    let lowestRate = 0
    let lowestDeviation = 0
    let lowest = Infinity
    return {
      update: (error): DetectorState => {
        rate.update(error)
        const { mean, n } = rate
        const deviation = Math.sqrt(Math.max(0, mean * (1 - mean)) / n)
        if (n <= warmStart) return 'stable'
        if (mean + deviation <= lowest) {
          lowestRate = mean
          lowestDeviation = deviation
          lowest = mean + deviation
        }
        if (mean + deviation > lowestRate + drift * lowestDeviation) return 'drift'
        return mean + deviation > lowestRate + warning * lowestDeviation ? 'warning' : 'stable'
      },
    }
  },
})
