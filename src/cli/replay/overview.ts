/** The first table of the report: one line for each column, the most drifted first. */
import { type Html, html } from '../../admin/page/html.ts'
import { decimal, percent } from '../../lib/number-format.ts'
import { binNames } from './bin-names.ts'
import { largestChanges } from './changes.ts'
import { scoreText, VERDICT_CLASS } from './column-card.ts'
import type { ReplayedColumn } from './result.ts'
import { headlineOf, verdictOf, wholeOf } from './verdict.ts'

export function overview(columns: readonly ReplayedColumn[], idOf: (column: ReplayedColumn) => string): Html {
  return html`<section>
    <table class="overview">
      <caption>
        All columns over the whole file, the furthest above its threshold first
      </caption>
      <thead>
        <tr>
          <th scope="col">column</th>
          <th scope="col">verdict</th>
          <th scope="col">highest score</th>
          <th scope="col">times the threshold</th>
          <th scope="col" class="wide">mean or top value, baseline → live</th>
          <th scope="col" class="wide">missing</th>
          <th scope="col" class="wide">largest change</th>
        </tr>
      </thead>
      <tbody>
        ${columns.map((column) => line(column, idOf(column)))}
      </tbody>
    </table>
  </section>`
}

function line(column: ReplayedColumn, id: string): Html {
  const verdict = verdictOf(column)
  const headline = headlineOf(wholeOf(column))
  const [change] = largestChanges(column)
  const missing = column.bins.find(({ label }) => label === 'missing')
  const score = headline && `${headline.score.statistic} ${scoreText(headline.score)}`
  return html`<tr>
    <th scope="row">
      <a href="#${id}">${column.name}</a
      >${column.role === 'prediction' ? html` <span class="muted">prediction</span>` : ''}
    </th>
    <td class="${VERDICT_CLASS[verdict]}">${verdict}</td>
    <td class="score">${score ?? '–'}</td>
    <td class="number">${headline === undefined ? '–' : `${decimal(headline.excess)} ×`}</td>
    <td class="wide">${typical(column)}</td>
    <td class="number wide">
      ${missing === undefined ? '–' : `${percent(missing.baseline)} → ${percent(missing.live)}`}
    </td>
    <td class="wide">
      ${change === undefined ? '–' : `${change.bin}: ${percent(change.baseline)} → ${percent(change.live)}`}
    </td>
  </tr>`
}

function typical(column: ReplayedColumn): string {
  const {
    kind,
    numbers: { baseline, live },
    bins,
  } = column
  if (kind !== 'categorical')
    return `${baseline === null ? '–' : decimal(baseline.mean)} → ${live === null ? '–' : decimal(live.mean)}`
  const names = binNames(column)
  const named = bins.map((bin, place) => ({ ...bin, name: names[place] ?? '–' }))
  const top = (side: 'baseline' | 'live'): string =>
    named.toSorted((a, b) => b[side] - a[side])[0]?.name ?? '–'
  return top('baseline') === top('live') ? top('live') : `${top('baseline')} → ${top('live')}`
}
