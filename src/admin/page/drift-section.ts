/** Columns of one model: predictions first, then features, each with its distribution, scores and quality. */
import type {
  ColumnSnapshot,
  ColumnWindowSnapshot,
  ModelSnapshot,
  ScoreSnapshot,
} from '../../analysis/snapshot.ts'
import type { ColumnRole } from '../../baseline/column-kind.ts'
import { count, decimal, percent } from '../../lib/number-format.ts'
import type { History } from '../history.ts'
import { columnDetails } from './column-details.ts'
import { distributionPlot } from './distribution-plot.ts'
import { type Html, html } from './html.ts'
import { ago } from './moment.ts'
import { tableHead } from './table.ts'

/** Maximum rows of one table; the API has all. */
const MAX_COLUMNS = 400
/** Columns with details, the furthest from their baseline first; 400 of them would make a page of 2 MB. */
const MAX_DETAILS = 200

export interface ColumnContext {
  readonly model: ModelSnapshot
  /** Index of the model on the page, for ids. */
  readonly place: number
  readonly history: Pick<History, 'driftedSince'>
  readonly nowEpochMs: number
}

const excess = ({ value, threshold }: ScoreSnapshot): number => value / threshold
const isDrift = ({ value, threshold }: ScoreSnapshot): boolean => value > threshold

/** Distance of the column from its baseline as a multiple of the threshold; −1 without a score. */
const worst = ({ windows }: ColumnSnapshot): number =>
  Math.max(-1, ...windows.flatMap(({ scores }) => scores.map(excess)))

export const hasDrift = ({ windows }: ColumnSnapshot): boolean =>
  windows.some(({ scores }) => scores.some(isDrift))

export function columnSections(context: ColumnContext): Html[] {
  return (['prediction', 'feature'] as const).flatMap((role) => columnSection(context, role))
}

function columnSection(context: ColumnContext, role: ColumnRole): Html[] {
  const { model, place } = context
  const columns = model.columns
    .filter((column) => column.role === role)
    .toSorted((a, b) => worst(b) - worst(a))
  if (columns.length === 0) return []
  const windows = columns[0]?.windows.map(({ window }) => window) ?? []
  const shown = columns.slice(0, MAX_COLUMNS)
  const hidden = columns.length - shown.length
  const id = `columns-${place}-${role}`
  const name = [model.model, model.version].filter((part) => part !== '').join(' ')
  const caption = `${name}: ${role}s, live against baseline`
  return [
    html`<section id="${id}-section">
      <h2>${caption}</h2>
      <p class="muted">
        <span class="key"></span>baseline<span class="key live"></span>live, share of rows by bin since the
        start. A score above its threshold is drift that is both real and large enough to matter.
      </p>
      <div class="tools" id="${id}-tools" hidden>
        <label>filter by name <input type="search" id="${id}-filter" /></label>
        <label><input type="checkbox" id="${id}-drift" /> only what drifts</label>
        <span class="muted" id="${id}-shown" role="status"></span>
      </div>
      <div class="scroll" id="${id}-scroll" role="region" aria-label="${caption}" tabindex="0">
        <table class="columns cards" id="${id}">
          <caption class="hidden">
            ${caption}
          </caption>
          ${tableHead([
            'column',
            'distribution',
            ...windows.map((window) => ({ ofNumbers: `score ${window}` })),
            { ofNumbers: 'missing' },
            { ofNumbers: 'not as in the baseline' },
          ])}
          ${shown.map((column, index) => columnRows(column, { ...context, windows, hasDetails: index < MAX_DETAILS }))}
        </table>
      </div>
      ${hidden > 0 ? html`<p class="muted">${hidden} more, none above these: <a href="/api/v1/drift">API</a></p>` : ''}
    </section>`,
  ]
}

interface RowContext extends ColumnContext {
  readonly windows: readonly string[]
  readonly hasDetails: boolean
}

function columnRows(column: ColumnSnapshot, context: RowContext): Html {
  const { place, windows, hasDetails } = context
  const { valid, missing, wrong_type, out_of_range, unseen } = column.values
  const total = valid + missing + wrong_type + out_of_range + unseen
  const anchor = `${column.role}-${place}-${encodeURIComponent(column.name)}`
  const share = (part: number, label: string): Html =>
    html`<td class="number" data-label="${label}" data-value="${total === 0 ? -1 : part / total}">
      ${total === 0 ? '–' : percent(part / total)}
    </td>`
  const details = hasDetails
    ? columnDetails(column)
    : html`<p>The API has the figures: <a href="/api/v1/drift">drift</a>.</p>`
  return html`<tbody
    id="${anchor}"
    data-name="${column.name}"
    data-drift="${hasDrift(column) ? 'yes' : 'no'}"
  >
    <tr>
      <th scope="row">
        <a href="#${anchor}">${column.name}</a><br /><span class="muted">${column.kind}</span>
      </th>
      <td data-value="${worst(column)}">${distributionPlot(column.bins, column.name)}</td>
      ${windows.map((window) => windowCell(column, window, context))}
      ${share(missing, 'missing')}${share(wrong_type + out_of_range + unseen, 'not as in the baseline')}
    </tr>
    <tr class="more">
      <td colspan="${windows.length + 4}">
        <details id="${anchor}-details">
          <summary>all statistics and bins<span class="hidden"> of ${column.name}</span></summary>
          ${details}
        </details>
      </td>
    </tr>
  </tbody>`
}

/** The score with the highest multiple of its threshold, and since when. */
function windowCell(column: ColumnSnapshot, name: string, { model, history, nowEpochMs }: RowContext): Html {
  const label = `score ${name}`
  const window: ColumnWindowSnapshot | undefined = column.windows.find(
    (candidate) => candidate.window === name,
  )
  if (window === undefined) return html`<td class="number muted" data-label="${label}" data-value="-1">–</td>`
  const [headline] = window.scores.toSorted((a, b) => excess(b) - excess(a))
  const rows = html`<span class="muted">${count(window.observations)} rows</span>`
  if (headline === undefined)
    return html`<td class="number" data-label="${label}" data-value="-1">
      <span class="muted">too few rows</span><br />${rows}
    </td>`
  const drifted = isDrift(headline)
  const since = drifted ? history.driftedSince(model, column.role, column.name, name) : undefined
  return html`<td class="number" data-label="${label}" data-value="${excess(headline)}">
    <span class="${drifted ? 'bad' : ''}"
      >${headline.statistic} ${decimal(headline.value)} ${drifted ? '>' : '≤'}
      ${decimal(headline.threshold)}</span
    ><br />${rows}${window.isDecisive === false ? html`<br /><span class="warn">cannot decide</span>` : ''}${since === undefined ? '' : html`<br />drifts since ${ago(since, nowEpochMs)}`}
  </td>`
}
