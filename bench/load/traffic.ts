/** The request that everything is measured with: one row of 20 features, as TF Serving and KServe V1 take it. */
import { randomSource } from '../../test/support/rows.ts'

export const PATH = '/v1/models/bench:predict'
export const FEATURES = 20
/** Different rows that take turns, so that windows and sketches see a distribution and not a constant. */
export const ROWS = 64

export const bodies: readonly string[] = (() => {
  const random = randomSource(20)
  return Array.from({ length: ROWS }, () => {
    const row = Array.from({ length: FEATURES }, (_, i) => [
      `feature_${i}`,
      Number((random() * (i + 1)).toFixed(6)),
    ])
    return JSON.stringify({ instances: [Object.fromEntries(row)] })
  })
})()

/** What the upstream answers, always. */
export const ANSWER = JSON.stringify({ predictions: [0.8123456] })
