/**
 * Mean and variance of a stream in one pass, mergeable (Welford; Chan, Golub & LeVeque for the merge).
 *
 * Accepts any finite values: some payloads use the largest double for "none", and its square is infinite.
 */
export class Moments {
  count = 0
  mean = 0
  /** Sum of squared deviations from the mean. */
  squares = 0

  /** @param value finite */
  add(value: number): void {
    this.count += 1
    const delta = value - this.mean
    this.mean = Number.isFinite(delta)
      ? this.mean + delta / this.count
      : this.mean - this.mean / this.count + value / this.count
    this.squares += delta * (value - this.mean)
  }

  merge(other: { readonly count: number; readonly mean: number; readonly squares: number }): void {
    if (other.count === 0) return
    const count = this.count + other.count
    const share = other.count / count
    const delta = other.mean - this.mean
    // Avoids 0 times an infinite square, which would be NaN.
    this.squares += other.squares + (this.count === 0 ? 0 : delta * delta * this.count * share)
    this.mean = Number.isFinite(delta)
      ? this.mean + delta * share
      : this.mean * (this.count / count) + other.mean * share
    this.count = count
  }

  /** Population standard deviation (divided by n), as in NumPy by default; 0 for fewer than two values. Finite. */
  get standardDeviation(): number {
    return this.count < 2 ? 0 : Math.min(Math.sqrt(this.squares / this.count), Number.MAX_VALUE)
  }
}
