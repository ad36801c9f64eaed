/** The plots of the report, as inline SVG: no script, no asset. */
import { html, type Html } from '../../admin/page/html.ts'
import { decimal, percent } from '../../admin/page/number-format.ts'
import type { HistoryPoint } from './history.ts'
import type { ReplayedColumn } from './result.ts'

const WIDTH = 520
const HEIGHT = 150
const AXIS = 34
const FOOT = 46
/** Labels at most; the rest is in the titles. */
const MAX_LABELS = 12
const LONGEST_LABEL = 14

/** Baseline and live side by side, bin by bin, on one scale that begins at 0. */
export function shareplot({ name, bins }: Pick<ReplayedColumn, 'name' | 'bins'>): Html {
  const highest = Math.max(1e-9, ...bins.flatMap(({ baseline, live }) => [baseline, live]))
  const slot = (WIDTH - AXIS) / Math.max(1, bins.length)
  const every = Math.ceil(bins.length / MAX_LABELS)
  const bars = bins.map(({ label, baseline, live }, index) => {
    const x = AXIS + index * slot
    const bar = (share: number, offset: number, kind: string): Html => {
      const height = (share / highest) * (HEIGHT - 8)
      return html`<rect
        class="${kind}"
        x="${fixed(x + offset * slot)}"
        y="${fixed(HEIGHT - height)}"
        width="${fixed(0.4 * slot)}"
        height="${fixed(height)}"
      />`
    }
    const text =
      index % every === 0
        ? html`<text class="label" transform="translate(${fixed(x + slot / 2)} ${HEIGHT + 10}) rotate(30)"
            >${labelOf(label)}</text
          >`
        : html``
    return html`<g
      ><title>${label}: baseline ${percent(baseline)}, live ${percent(live)}</title>
      <rect class="slot" x="${fixed(x)}" y="0" width="${fixed(slot)}" height="${HEIGHT}" />${bar(
        baseline,
        0.08,
        'baseline',
      )}${bar(live, 0.52, 'live')}${text}</g
    >`
  })
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT + FOOT}"
    role="img"
    aria-label="${name}: share of rows by bin, baseline in grey, live in blue"
  >
    ${gridLine(8, percent(highest))}${gridLine((HEIGHT + 8) / 2, percent(highest / 2))}${gridLine(HEIGHT, '0')}${bars}
  </svg>`
}

/** The highest score as a multiple of its threshold, over the file's time; above the line at 1 it is drift. */
export function historyPlot(name: string, points: readonly HistoryPoint[]): Html {
  const [first] = points
  const last = points.at(-1)
  if (points.length < 2 || first === undefined || last === undefined) return html``
  const highest = Math.max(1.25, ...points.map(({ excess }) => excess))
  const span = Math.max(1, last.epochMs - first.epochMs)
  const height = HEIGHT / 2
  const y = (excess: number): number => height - (excess / highest) * (height - 8)
  const line = points
    .map(
      ({ epochMs, excess }) =>
        `${fixed(AXIS + ((epochMs - first.epochMs) / span) * (WIDTH - AXIS))},${fixed(y(excess))}`,
    )
    .join(' ')
  return html`<svg
    viewBox="0 0 ${WIDTH} ${height + 4}"
    role="img"
    aria-label="${name}: highest score as a multiple of its threshold over time"
  >
    ${gridLine(y(1), '1')}${gridLine(y(highest), decimal(highest))}
    <polyline class="line" points="${line}" />
  </svg>`
}

function gridLine(y: number, label: string): Html {
  return html`<line class="grid" x1="${AXIS}" x2="${WIDTH}" y1="${fixed(y)}" y2="${fixed(y)}" /><text
      class="label"
      x="${AXIS - 4}"
      y="${fixed(y + 3)}"
      text-anchor="end"
      >${label}</text
    >`
}

/** `le_12.5` → `≤ 12.5`, `v_3` → `3`, as bins are called. */
function labelOf(label: string): string {
  const text = label.replace(/^le_/, '≤ ').replace(/^v_/, '').replace(/^inf$/, 'above')
  return text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL - 1)}…` : text
}

function fixed(value: number): string {
  return value.toFixed(1)
}
