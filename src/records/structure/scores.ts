/** Class probabilities in samples: numbers of 0…1 that add up to 1, in every one of them. */

const SUM_TOLERANCE = 2e-3

export function isDistributionOf(lists: readonly (readonly unknown[] | undefined)[]): boolean {
  let any = false
  for (const list of lists) {
    if (list === undefined || list.length === 0) continue
    let sum = 0
    for (const value of list) {
      if (typeof value !== 'number' || !(value >= 0 && value <= 1)) return false
      sum += value
    }
    if (list.length < 2 || Math.abs(sum - 1) > SUM_TOLERANCE) return false
    any = true
  }
  return any
}
