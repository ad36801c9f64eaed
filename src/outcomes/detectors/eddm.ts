/** Early Drift Detection Method. Baena-García et al., 2006: watches the distance between two errors. */
import { defineDetector, type Detecting, type DetectorState } from './detector.ts'

interface Parameters {
  readonly warmStart: number
  /** Share of the largest distance below which there is a warning, and a drift. */
  readonly warning: number
  readonly drift: number
}

export const eddm = defineDetector<Parameters>({
  name: 'eddm',
  summary:
    'errors follow one another at a shorter distance than before; for errors of 0 and 1, with many false alarms',
  defaults: { warmStart: 30, warning: 0.95, drift: 0.9 },
  begin: ({ warmStart, warning, drift }): Detecting => {
    let n = 0
    let errors = 0
    let lastError = 0
    let mean = 0
    let squares = 0
    let longest = -1
    let state: DetectorState = 'stable'
    return {
      update: (error): DetectorState => {
        n += 1
        if (error !== 1) return state
        errors += 1
        const distance = n - lastError
        lastError = n
        const before = mean
        mean += (distance - mean) / errors
        squares += (distance - before) * (distance - mean)
        if (n <= warmStart) return state
        const reach = mean + 2 * Math.sqrt(errors > 1 ? squares / (errors - 1) : 0)
        if (reach > longest) longest = reach
        else if (errors > warmStart) {
          const level = reach / longest
          if (level < drift) state = 'drift'
          else state = level < warning ? 'warning' : 'stable'
        }
        return state
      },
    }
  },
})
