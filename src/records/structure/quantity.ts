// HOT: per value
/** Texts with a number and its unit, as shown on web pages: `97.5%`, `$ 1,200.50`, `160s`. */

const QUANTITY =
  /^([$€£¥]?) ?([-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,15})?) ?([%€£¥]|°[CF]|[A-Za-z]{1,4}|)$/
/** Texts with fewer distinct numbers may be classes, such as `4G` and `5G`. */
const ENOUGH_NUMBERS = 5

/** NaN for any other value. */
export function quantityOf(value: unknown): number {
  if (typeof value !== 'string') return Number.NaN
  const [, , number] = QUANTITY.exec(value) ?? []
  return number === undefined ? Number.NaN : Number(number.replaceAll(',', ''))
}

/** Whether all values are numbers with one unit. */
export function areQuantities(values: readonly unknown[]): boolean {
  let unit: string | undefined
  const numbers = new Set<string>()
  for (const value of values) {
    if (value === null || value === undefined) continue
    const [, before = '', number, after = ''] = (typeof value === 'string' && QUANTITY.exec(value)) || []
    if (number === undefined || before + after === '') return false
    unit ??= before + after
    if (unit !== before + after) return false
    numbers.add(number)
  }
  return numbers.size >= ENOUGH_NUMBERS
}
