/** Baseline and live shares of each bin as a table with bars; every bin has its name and both figures. */
import { type Html, html } from '../../admin/page/html.ts'
import { percent } from '../../lib/number-format.ts'
import { binNames } from './bin-names.ts'
import { largestChanges } from './changes.ts'
import type { ReplayedColumn } from './result.ts'

/** Maximum bins shown; the smaller ones are summed in a last line. */
const MOST_LINES = 16

interface Line {
  readonly name: string
  readonly baseline: number
  readonly live: number
}

export function shareTable(column: Pick<ReplayedColumn, 'name' | 'kind' | 'bins'>): Html {
  const lines = linesOf(column)
  const changed = new Set(largestChanges(column).map(({ bin }) => bin))
  const highest = Math.max(1e-9, ...lines.flatMap(({ baseline, live }) => [baseline, live]))
  const bar = (share: number, kind: string): Html =>
    html`<span class="bar ${kind}" style="width:${((100 * share) / highest).toFixed(1)}%"></span>`
  return html`<table class="shares">
    <caption>
      Share of all rows
    </caption>
    <thead>
      <tr>
        <th scope="col">value</th>
        <th scope="col"><span class="key baseline"></span>baseline</th>
        <th scope="col"><span class="key live"></span>live</th>
        <th class="bars"></th>
      </tr>
    </thead>
    <tbody>
      ${lines.map(
        ({ name, baseline, live }) =>
          html`<tr class="${changed.has(name) ? 'changed' : ''}">
            <th scope="row">${name}</th>
            <td class="number">${percent(baseline)}</td>
            <td class="number">${percent(live)}</td>
            <td class="bars">${bar(baseline, 'baseline')}${bar(live, 'live')}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

function linesOf(column: Pick<ReplayedColumn, 'kind' | 'bins'>): Line[] {
  const names = binNames(column)
  const all = column.bins.map(({ baseline, live }, bin) => ({ name: names[bin] ?? '', baseline, live }))
  if (all.length <= MOST_LINES) return all
  const kept = new Set(
    all
      .toSorted((a, b) => Math.max(b.baseline, b.live) - Math.max(a.baseline, a.live))
      .slice(0, MOST_LINES - 1),
  )
  const rest = all.filter((line) => !kept.has(line))
  const sum = (side: 'baseline' | 'live'): number => rest.reduce((total, line) => total + line[side], 0)
  return [
    ...all.filter((line) => kept.has(line)),
    { name: `${rest.length} smaller ones`, baseline: sum('baseline'), live: sum('live') },
  ]
}
