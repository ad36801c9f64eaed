/**
 * The baseline and live share of each bin as a small inline SVG: an outline is the baseline, filled bars are live, so
 * they differ in form and not only in colour. The table below has the numbers. Plotted without a library, because the
 * page loads no assets.
 */
import type { BinSnapshot } from '../../analysis/snapshot.ts'
import { type Html, html } from './html.ts'

const WIDTH = 168
const HEIGHT = 36
/** More bins would be thinner than two pixels each. */
const MAX_BINS = 40

/** @param bins live shares are computed from `total`, so they cover all rows since the start. */
export function distributionPlot(bins: readonly BinSnapshot[], column: string): Html {
  const rows = bins.reduce((sum, { total }) => sum + total, 0)
  if (bins.length === 0 || rows === 0) return html`<span class="muted">no live rows yet</span>`
  const shown = bins.slice(0, MAX_BINS)
  const highest = Math.max(...shown.map(({ total, baselineRatio }) => Math.max(total / rows, baselineRatio)))
  const slot = WIDTH / shown.length
  const heightOf = (share: number): number => (highest === 0 ? 0 : (share / highest) * (HEIGHT - 2))
  const box = (index: number, share: number, inset: number): string => {
    const left = (index + inset) * slot
    const height = heightOf(share)
    return `M${left.toFixed(1)} ${HEIGHT - 1}v${(-height).toFixed(1)}h${((1 - 2 * inset) * slot).toFixed(1)}v${height.toFixed(1)}z`
  }
  const live = shown.map(({ total }, index) => box(index, total / rows, 0.24)).join('')
  const baseline = shown.map(({ baselineRatio }, index) => box(index, baselineRatio, 0.06)).join('')
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    width="${WIDTH}"
    height="${HEIGHT}"
    role="img"
    aria-label="${column}: share of rows by bin, baseline and live; the numbers are in the details"
  >
    <path class="live" d="${live}" />
    <path class="baseline" d="${baseline}" />
  </svg>`
}
