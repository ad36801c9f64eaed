/** A line of the last hour without axes; its text describes the range. */
import { type Html, html } from './html.ts'

const WIDTH = 120
const HEIGHT = 28

export interface SparklineFacts {
  /** `requests per second` */
  readonly name: string
  /** Oldest first; undefined without a measurement. */
  readonly values: readonly (number | undefined)[]
  readonly minutes: number
  readonly show: (value: number) => string
}

export function sparkline({ name, values, minutes, show }: SparklineFacts): Html {
  const known = values.filter((value) => value !== undefined)
  if (known.length < 2) return html``
  const highest = Math.max(...known)
  const step = WIDTH / (values.length - 1)
  let path = ''
  let isDrawing = false
  for (const [index, value] of values.entries()) {
    if (value !== undefined) {
      const y = highest === 0 ? HEIGHT - 1 : HEIGHT - 1 - (value / highest) * (HEIGHT - 2)
      path += `${isDrawing ? 'L' : 'M'}${(index * step).toFixed(1)} ${y.toFixed(1)}`
    }
    isDrawing = value !== undefined
  }
  const label = `${name}, last ${minutes} min: ${show(Math.min(...known))} to ${show(highest)}`
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label}"
  >
    <path class="line" d="${path}" />
  </svg>`
}
