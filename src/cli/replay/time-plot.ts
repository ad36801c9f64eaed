/** A column's highest score over the file, as inline SVG with text axes. */
import { type Html, html } from '../../admin/page/html.ts'
import { count, decimal } from '../../lib/number-format.ts'
import type { HistoryPoint } from './history.ts'

const DAY_MS = 86_400_000
/** Space above the highest score, so that neither score nor threshold touches the frame. */
const HEADROOM = 1.15
const LOWEST_TOP = 1.6

/** @param timed whether rows have timestamps; otherwise the axis counts rows */
export function timePlot(name: string, points: readonly HistoryPoint[], timed: boolean): Html {
  const [first] = points
  const last = points.at(-1)
  if (points.length < 2 || first === undefined || last === undefined) return html``
  const top = Math.max(LOWEST_TOP, HEADROOM * Math.max(...points.map(({ excess }) => excess)))
  const span = Math.max(1, last.epochMs - first.epochMs)
  const y = (excess: number): number => 100 - (100 * excess) / top
  const line = points
    .map(
      ({ epochMs, excess }) =>
        `${((100 * (epochMs - first.epochMs)) / span).toFixed(2)},${y(excess).toFixed(2)}`,
    )
    .join(' ')
  const middle = points.reduce((best, point) =>
    distance(point, first, span) < distance(best, first, span) ? point : best,
  )
  const label = (point: HistoryPoint): string =>
    timed ? timeText(point.epochMs, span) : `row ${count(point.rows)}`
  // When labels would overlap, the top one is omitted.
  const isApart = y(1) > 14
  return html`<div>
    <h4>Highest score of the shortest window as a multiple of its threshold${timed ? ', UTC' : ''}</h4>
    <div class="plot">
      <div class="y">
        ${isApart ? html`<span style="top:0">${decimal(top)}</span>` : ''}
        <span style="top:${y(1).toFixed(1)}%">threshold 1</span>
        ${y(1) < 88 ? html`<span style="top:100%">0</span>` : ''}
      </div>
      <svg
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        role="img"
        aria-label="${name}: from ${decimal(first.excess)} times the threshold at ${label(first)} to ${decimal(last.excess)} at ${label(last)}"
      >
        <line class="frame" x1="0" x2="100" y1="0" y2="0" />
        <line class="frame" x1="0" x2="100" y1="100" y2="100" />
        <line class="threshold" x1="0" x2="100" y1="${y(1).toFixed(2)}" y2="${y(1).toFixed(2)}" />
        <polyline class="score" points="${line}" />
      </svg>
      <div class="x">
        <span>${label(first)}</span>${points.length > 2 ? html`<span>${label(middle)}</span>` : ''}<span
          >${label(last)}</span
        >
      </div>
    </div>
  </div>`
}

/** From the middle of the axis. */
function distance({ epochMs }: HistoryPoint, first: HistoryPoint, span: number): number {
  return Math.abs(epochMs - first.epochMs - span / 2)
}

/** Precision by span: days, minutes or seconds. */
function timeText(epochMs: number, spanMs: number): string {
  const text = new Date(epochMs).toISOString()
  if (spanMs > 20 * DAY_MS) return text.slice(0, 10)
  const time = text.slice(11, spanMs > 600_000 ? 16 : 19)
  return spanMs > DAY_MS / 2 ? `${text.slice(0, 10)} ${time}` : time
}
