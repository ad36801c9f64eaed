/** Numbers as the Prometheus text formats write them. */

/** `1`, `0.25`, `+Inf`, `NaN`. */
export function sampleValue(value: number): string {
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  return String(value)
}

/**
 * A bucket bound in the spelling that Prometheus 3 gives every `le` label it scrapes (Go's shortest `%g`, with `.0`
 * for whole numbers): `0.5`, `1.0`, `1.048576e+06`. So a scraped series has one name, whatever version scrapes it and
 * in whichever format.
 */
export function bucketBound(bound: number): string {
  if (bound === Infinity) return '+Inf'
  if (bound === 0) return '0.0'
  const [digits = '', exponentText = '0'] = bound.toExponential().split('e')
  const exponent = Number(exponentText)
  // For its shortest form, Go writes an exponent below 1e-4 and from a million on.
  if (exponent < -4 || exponent >= 6) {
    const sign = exponent < 0 ? '-' : '+'
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  const plain = String(bound)
  return plain.includes('.') ? plain : `${plain}.0`
}
