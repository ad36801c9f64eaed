/** The request that everything is measured with: one row of 20 features, as TF Serving and KServe V1 take it. */
export const PATH = '/v1/models/bench:predict'
export const FEATURES = 20
/** Different rows that take turns, so that windows and sketches see a distribution and not a constant. */
export const ROWS = 64

/** Mulberry32: the same rows in each run. */
function randomSource(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

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
