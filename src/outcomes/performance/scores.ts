/** Metrics from scores of the positive class and true values; names and edge cases follow scikit-learn. */

export interface ScoredRows {
  /** Probability of the positive class. */
  readonly scores: Float64Array
  /** 1 where the positive class was true, else 0. */
  readonly positives: Uint8Array
}

export interface Estimate {
  readonly value: number
  /** Standard error; `undefined` when unknown. */
  readonly error: number | undefined
}

/** Bins of equal width over 0…1. */
export const CALIBRATION_BINS = 10
/** The clipping of 64-bit probabilities in scikit-learn. */
const EPSILON = Number.EPSILON

/** ROC AUC and average precision, with ties; `undefined` unless both classes occur. */
export function rankMetrics({
  scores,
  positives,
}: ScoredRows): { readonly roc_auc: Estimate; readonly pr_auc: Estimate } | undefined {
  const order = sortedDescending(scores, positives)
  const n = scores.length
  let total = 0
  for (let row = 0; row < n; row += 1) total += positives[row] as number
  const negatives = n - total
  if (total === 0 || negatives === 0) return undefined
  let hits = 0
  let misses = 0
  let area = 0
  let precision = 0
  for (let start = 0; start < n;) {
    const { score } = order
    let end = start
    let tied = 0
    while (end < n && score[end] === score[start]) {
      tied += order.positive[end] as number
      end += 1
    }
    const tiedMisses = end - start - tied
    area += tiedMisses * (hits + tied / 2)
    hits += tied
    misses += tiedMisses
    precision += (tied / total) * (hits / (hits + misses))
    start = end
  }
  const auc = area / (total * negatives)
  return {
    roc_auc: { value: auc, error: aucError(auc, total, negatives) },
    pr_auc: { value: precision, error: Math.sqrt((precision * (1 - precision)) / total) },
  }
}

/** Hanley & McNeil 1982. */
export function aucError(auc: number, positives: number, negatives: number): number {
  const q1 = auc / (2 - auc)
  const q2 = (2 * auc * auc) / (1 + auc)
  const squares = auc * (1 - auc) + (positives - 1) * (q1 - auc * auc) + (negatives - 1) * (q2 - auc * auc)
  return Math.sqrt(Math.max(0, squares) / (positives * negatives))
}

/** Sorted without a comparison function, which takes a tenth of the time: the index carries the class. */
function sortedDescending(
  scores: Float64Array,
  positives: Uint8Array,
): { readonly score: Float64Array; readonly positive: Uint8Array } {
  const n = scores.length
  let split = 0
  for (let row = 0; row < n; row += 1) split += positives[row] as number
  const hit = new Float64Array(split)
  const missed = new Float64Array(n - split)
  let [h, m] = [0, 0]
  for (let row = 0; row < n; row += 1) {
    const score = scores[row] as number
    if (positives[row] === 1) hit[h++] = score
    else missed[m++] = score
  }
  hit.sort()
  missed.sort()
  const score = new Float64Array(n)
  const positive = new Uint8Array(n)
  h = split - 1
  m = n - split - 1
  for (let row = 0; row < n; row += 1) {
    const takesHit = m < 0 || (h >= 0 && (hit[h] as number) >= (missed[m] as number))
    score[row] = takesHit ? (hit[h--] as number) : (missed[m--] as number)
    positive[row] = takesHit ? 1 : 0
  }
  return { score, positive }
}

/** Log loss, Brier score and expected calibration error; `undefined` for scores that are not probabilities. */
export function probabilityMetrics({
  scores,
  positives,
}: ScoredRows):
  { readonly log_loss: Estimate; readonly brier: Estimate; readonly ece: Estimate } | undefined {
  const n = scores.length
  if (n === 0) return undefined
  const loss = new Mean()
  const brier = new Mean()
  const bins = new CalibrationBins(CALIBRATION_BINS)
  for (let row = 0; row < n; row += 1) {
    const score = scores[row] as number
    if (!(score >= 0 && score <= 1)) return undefined
    const positive = positives[row] as number
    loss.add(logLoss(score, positive))
    brier.add((score - positive) ** 2)
    bins.add(score, positive)
  }
  return {
    log_loss: loss.estimate,
    brier: brier.estimate,
    ece: { value: bins.error, error: bins.standardError },
  }
}

export function logLoss(score: number, positive: number): number {
  const clipped = Math.min(Math.max(score, EPSILON), 1 - EPSILON)
  return -Math.log(positive === 1 ? clipped : 1 - clipped)
}

/** Mean of single values (Welford). */
export class Mean {
  #n = 0
  #mean = 0
  #squares = 0

  add(value: number): void {
    this.#n += 1
    const before = this.#mean
    this.#mean += (value - before) / this.#n
    this.#squares += (value - before) * (value - this.#mean)
  }

  get estimate(): Estimate {
    const error = this.#n < 2 ? undefined : Math.sqrt(this.#squares / (this.#n - 1) / this.#n)
    return { value: this.#mean, error }
  }
}

/** Sums for bins of equal width: the gap between scores and true frequencies. */
export class CalibrationBins {
  readonly counts: Float64Array
  readonly scores: Float64Array
  readonly positives: Float64Array
  #total = 0

  constructor(bins: number) {
    this.counts = new Float64Array(bins)
    this.scores = new Float64Array(bins)
    this.positives = new Float64Array(bins)
  }

  add(score: number, positive: number): void {
    const bin = Math.min(Math.floor(score * this.counts.length), this.counts.length - 1)
    this.counts[bin] = (this.counts[bin] as number) + 1
    this.scores[bin] = (this.scores[bin] as number) + score
    this.positives[bin] = (this.positives[bin] as number) + positive
    this.#total += 1
  }

  get error(): number {
    let sum = 0
    for (let bin = 0; bin < this.counts.length; bin += 1) {
      sum += Math.abs((this.scores[bin] as number) - (this.positives[bin] as number))
    }
    return this.#total === 0 ? 0 : sum / this.#total
  }

  /** Of the gaps, treated as independent binomials. */
  get standardError(): number {
    let sum = 0
    for (let bin = 0; bin < this.counts.length; bin += 1) {
      const n = this.counts[bin] as number
      if (n === 0) continue
      const p = (this.positives[bin] as number) / n
      sum += n * p * (1 - p)
    }
    return this.#total === 0 ? 0 : Math.sqrt(sum) / this.#total
  }
}
