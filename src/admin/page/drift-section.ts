/** One table a model: every column, its distribution against the baseline, its scores, its quality. */
import type {
  ColumnSnapshot,
  ColumnWindowSnapshot,
  ModelSnapshot,
  ScoreSnapshot,
} from '../../analysis/snapshot.ts'
import { distributionPlot } from './distribution-plot.ts'
import { type Html, html } from './html.ts'
import { count, decimal, percent } from './number-format.ts'
import { table } from './table.ts'

/** Rows of the table; the API has all. */
const MAX_COLUMNS = 60

const excess = ({ value, threshold }: ScoreSnapshot): number => value / threshold

function worst(column: ColumnSnapshot): number {
  return Math.max(0, ...column.windows.flatMap(({ scores }) => scores.map(excess)))
}

export function driftSection(model: ModelSnapshot): Html {
  if (model.columns.length === 0) return html``
  const columns = model.columns.toSorted((a, b) => worst(b) - worst(a))
  const windows = columns[0]?.windows.map(({ window }) => window) ?? []
  const shown = columns.slice(0, MAX_COLUMNS)
  const hidden = columns.length - shown.length
  const name = [model.model, model.version].filter((part) => part !== '').join(' ')
  return html`<section>
    <h2>${name}: live against baseline</h2>
    <p class="muted">
      <span class="key baseline"></span>baseline<span class="key live"></span>live, share of rows by bin since
      the start. A score above its threshold is drift that is both real and large enough to matter.
    </p>
    ${table(
      [
        'column',
        'distribution',
        ...windows,
        { ofNumbers: 'missing' },
        { ofNumbers: 'not as in the baseline' },
      ],
      shown.map((column) => row(column, windows)),
    )}
    ${hidden > 0 ? html`<p class="muted">${hidden} more columns, none above these: <a href="/api/v1/drift">API</a></p>` : ''}
  </section>`
}

function row(column: ColumnSnapshot, windows: readonly string[]): Html {
  const { valid, missing, wrong_type, out_of_range, unseen } = column.values
  const total = valid + missing + wrong_type + out_of_range + unseen
  const share = (part: number): string => (total === 0 ? '–' : percent(part / total))
  const strange = wrong_type + out_of_range + unseen
  const details = `wrong type ${count(wrong_type)}, out of range ${count(out_of_range)}, unseen ${count(unseen)}`
  return html`<tr>
    <td class="name">
      ${column.name}<br /><span class="muted"
        >${column.role === 'prediction' ? 'prediction, ' : ''}${column.kind}</span
      >
    </td>
    <td>${distributionPlot(column.bins, column.name)}</td>
    ${windows.map((window) => windowCell(column.windows.find((candidate) => candidate.window === window)))}
    <td class="number">${share(missing)}</td>
    <td class="number" title="${details}">${share(strange)}</td>
  </tr>`
}

/** The score that is furthest above (or nearest below) its threshold; all of them in the tooltip. */
function windowCell(window: ColumnWindowSnapshot | undefined): Html {
  if (window === undefined) return html`<td class="muted">–</td>`
  const [headline] = window.scores.toSorted((a, b) => excess(b) - excess(a))
  const rows = html`<span class="muted">n = ${count(window.observations)}</span>`
  if (headline === undefined) return html`<td><span class="muted">too few rows</span><br />${rows}</td>`
  const drifted = headline.value > headline.threshold
  const all = window.scores
    .map(({ statistic, value, threshold }) => `${statistic} ${decimal(value)} of ${decimal(threshold)}`)
    .join(', ')
  return html`<td title="${all}">
    <span class="${drifted ? 'bad' : ''}"
      >${headline.statistic} ${decimal(headline.value)} ${drifted ? '>' : '≤'}
      ${decimal(headline.threshold)}</span
    ><br />${rows}
  </td>`
}
