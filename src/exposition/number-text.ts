/** Numbers in the Prometheus text formats. */

/** `1`, `0.25`, `+Inf`, `NaN`. */
export function sampleValue(value: number): string {
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  return String(value)
}

/**
 * A bucket bound in the spelling of Prometheus 3 for every scraped `le` label (Go's shortest `%g`, with `.0` for whole
 * numbers): `0.5`, `1.0`, `1.048576e+06`. A series therefore has one name for every version and format.
 */
export function bucketBound(bound: number): string {
  if (bound === Infinity) return '+Inf'
  if (bound === 0) return '0.0'
  const [digits = '', exponentText = '0'] = bound.toExponential().split('e')
  const exponent = Number(exponentText)
  // Go's shortest form has an exponent below 1e-4 and from a million on.
  if (exponent < -4 || exponent >= 6) {
    const sign = exponent < 0 ? '-' : '+'
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  const plain = String(bound)
  return plain.includes('.') ? plain : `${plain}.0`
}
