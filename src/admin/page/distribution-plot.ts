/**
 * The share of each bin, baseline against live, as a small inline SVG: grey bars are the baseline, blue bars lie over
 * them and are live. Plotted without a library, because the page must work with no script and no asset.
 *
 *      ▁▁
 *   ┌──┐▒▒     one slot a bin; both bars stand on the same ground and share the scale,
 *   │░░│▒▒     whose top is the largest share of either
 *   └──┴──
 */
import type { BinSnapshot } from '../../analysis/snapshot.ts'
import { type Html, html } from './html.ts'
import { percent } from './number-format.ts'

const WIDTH = 168
const HEIGHT = 36
/** More bins than this would be thinner than two pixels each. */
const MAX_BINS = 40

/** @param bins shares of the live side are made from `total`, so they are of all rows since the start. */
export function distributionPlot(bins: readonly BinSnapshot[], column: string): Html {
  const rows = bins.reduce((sum, { total }) => sum + total, 0)
  if (bins.length === 0 || rows === 0) return html`<span class="muted">no live rows yet</span>`
  const shown = bins.slice(0, MAX_BINS)
  const highest = Math.max(...shown.map(({ total, baselineRatio }) => Math.max(total / rows, baselineRatio)))
  const slot = WIDTH / shown.length
  const bars = shown.map(({ label, total, baselineRatio }, index) => {
    const live = total / rows
    const x = (index * slot).toFixed(1)
    const bar = (share: number, offset: number, width: number, kind: string): Html => {
      const height = highest === 0 ? 0 : (share / highest) * (HEIGHT - 1)
      return html`<rect
        class="${kind}"
        x="${(Number(x) + offset * slot).toFixed(1)}"
        y="${(HEIGHT - height).toFixed(1)}"
        width="${(width * slot).toFixed(1)}"
        height="${height.toFixed(1)}"
      />`
    }
    return html`<g
      ><title>${label}: live ${percent(live)}, baseline ${percent(baselineRatio)}</title>
      <rect class="slot" x="${x}" y="0" width="${slot.toFixed(1)}" height="${HEIGHT}" />${bar(
        baselineRatio,
        0.06,
        0.88,
        'baseline',
      )}${bar(live, 0.26, 0.48, 'live')}</g
    >`
  })
  const title = `${column}: share of rows by bin, baseline in grey, live in blue`
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    width="${WIDTH}"
    height="${HEIGHT}"
    role="img"
    aria-label="${title}"
  >
    ${bars}
  </svg>`
}
