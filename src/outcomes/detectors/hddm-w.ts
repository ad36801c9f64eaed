/** McDiarmid's bound on weighted averages. Frías-Blanco et al., 2015; sees a sudden change sooner than `hddm_a`. */
import { defineDetector, type Detecting, type DetectorState } from './detector.ts'

interface Parameters {
  readonly drift: number
  readonly warning: number
  /** Weight of the newest value, 0…1. */
  readonly weight: number
  readonly twoSided: boolean
}

/** An exponentially weighted mean, and the sum of its squared weights. */
interface Sample {
  readonly mean: number
  readonly squares: number
  readonly isEmpty: boolean
}

const EMPTY: Sample = { mean: 0, squares: 1, isEmpty: true }

export const hddmW = defineDetector<Parameters>({
  name: 'hddm_w',
  summary: "the weighted mean error differs from that before its best cut by more than McDiarmid's bound",
  defaults: { drift: 0.001, warning: 0.005, weight: 0.05, twoSided: true },
  begin: ({ drift, warning, weight, twoSided }): Detecting => {
    const added = ({ mean, squares, isEmpty }: Sample, error: number): Sample => ({
      mean: isEmpty ? error : weight * error + (1 - weight) * mean,
      squares: weight ** 2 + (1 - weight) ** 2 * squares,
      isEmpty: false,
    })
    const bound = (squares: number, confidence: number): number =>
      Math.sqrt((squares * Math.log(1 / confidence)) / 2)
    const isAbove = (low: Sample, high: Sample, confidence: number): boolean =>
      !low.isEmpty && !high.isEmpty && high.mean - low.mean > bound(low.squares + high.squares, confidence)
    let all = EMPTY
    let rising = { cut: Infinity, before: EMPTY, after: EMPTY }
    let falling = { cut: -Infinity, before: EMPTY, after: EMPTY }
    return {
      update: (error): DetectorState => {
        all = added(all, error)
        const reach = bound(all.squares, drift)
        rising =
          all.mean + reach < rising.cut
            ? { cut: all.mean + reach, before: all, after: EMPTY }
            : { ...rising, after: added(rising.after, error) }
        falling =
          all.mean - reach > falling.cut
            ? { cut: all.mean - reach, before: all, after: EMPTY }
            : { ...falling, after: added(falling.after, error) }
        if (isAbove(rising.before, rising.after, drift)) return 'drift'
        if (twoSided && isAbove(falling.after, falling.before, drift)) return 'drift'
        if (isAbove(rising.before, rising.after, warning)) return 'warning'
        return twoSided && isAbove(falling.after, falling.before, warning) ? 'warning' : 'stable'
      },
    }
  },
})
