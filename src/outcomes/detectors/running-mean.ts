/** A mean that is updated value by value. */
export class RunningMean {
  n = 0
  mean = 0

  update(value: number): void {
    this.n += 1
    this.mean += (value - this.mean) / this.n
  }

  copy(): RunningMean {
    const copy = new RunningMean()
    copy.n = this.n
    copy.mean = this.mean
    return copy
  }
}
