/** Numbers for people: at most three significant digits, thin groups of thousands, never `0` for what is not zero. */

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US').replaceAll(',', '\u202f')
}

export function decimal(value: number): string {
  if (!Number.isFinite(value)) return '∞'
  if (Math.abs(value) >= 1e15) return value.toExponential(2).replace(/\.?0+e/, 'e')
  if (Math.abs(value) >= 1000) return count(value)
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1)
  return String(Number(value.toPrecision(3)))
}

/** @param ratio 0…1 */
export function percent(ratio: number): string {
  const value = 100 * ratio
  if (value > 0 && value < 0.1) return '< 0.1 %'
  return `${Number(value.toFixed(value < 10 ? 1 : 0))} %`
}

/** Seconds as milliseconds. */
export function milliseconds(seconds: number): string {
  return `${decimal(1000 * seconds)} ms`
}

/** Of a processor: a thousandth is the least that is told. */
export function cores(value: number): string {
  return `${decimal(Number(value.toFixed(3)))} cores`
}

/** `5 s`, `3 min`, `2.5 h`, `4 days` */
export function age(seconds: number): string {
  if (seconds < 1) return 'less than 1 s'
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Number((seconds / 3600).toFixed(1))} h`
  return `${Math.round(seconds / 86_400)} days`
}
