/** The observed models, one row each. */
import type { BaselineState, ExtraColumn, Snapshot, UncomparedSnapshot } from '../../analysis/snapshot.ts'
import { UNCOMPARED_KINDS } from '../../baseline/column-kind.ts'
import type { SelfSnapshot } from '../../instruments/self-snapshot.ts'
import { age, count, percent } from '../../lib/number-format.ts'
import type { History } from '../history.ts'
import { type Html, html } from './html.ts'
import { moment } from './moment.ts'
import { table } from './table.ts'

export interface ModelContext {
  readonly history: Pick<History, 'learningSecondsLeft'>
  /** URL of Grafana, without a trailing slash; absent when not configured. */
  readonly grafana?: string | undefined
}

const DOCS = 'https://github.com/modeltap/modeltap/blob/main'

export function modelSection(
  { models }: Snapshot,
  { inFlight }: SelfSnapshot,
  { history, grafana }: ModelContext,
): Html {
  if (models.length === 0) {
    return html`<section id="models">
      <h2>Observed models</h2>
      <p>
        No prediction has been recognised yet. Send requests to the data port; what passes without being
        recognised is counted below.
      </p>
    </section>`
  }
  const rows = models.map((snapshot) => {
    const { model, version, protocol, predictionRows, baseline, columns } = snapshot
    const { columnsNotInBaseline = [], uncompared = [] } = snapshot
    return html`<tr>
      <th scope="row">${model === '' ? '(no name)' : model}</th>
      <td data-label="version">${version === '' ? '–' : version}</td>
      <td data-label="protocol">${protocol}</td>
      <td class="number" data-label="rows predicted">${count(predictionRows)}</td>
      <td class="number" data-label="in flight">
        ${count(inFlight.find((entry) => entry.model === model)?.requests ?? 0)}
      </td>
      <td class="number" data-label="features">${columns.filter(({ role }) => role === 'feature').length}</td>
      <td data-label="baseline">
        ${baselineState(baseline, history.learningSecondsLeft(snapshot))}${uncomparedKinds(uncompared)}${notCompared(columnsNotInBaseline)}
      </td>
      <td data-label="see also">${links(model, grafana)}</td>
    </tr>`
  })
  return html`<section id="models">
    <h2>Observed models</h2>
    ${table({
      id: 'model-table',
      hasCards: true,
      caption: 'What is recognised, and the baseline that it is compared with',
      headings: [
        'model',
        'version',
        'protocol',
        { ofNumbers: 'rows predicted' },
        { ofNumbers: 'in flight' },
        { ofNumbers: 'features' },
        'baseline',
        'see also',
      ],
      rows,
    })}
  </section>`
}

function links(model: string, grafana: string | undefined): Html {
  const variables = `var-model=${encodeURIComponent(model)}`
  const boards =
    grafana === undefined
      ? html``
      : html`<a href="${grafana}/d/modeltap-model?${variables}">board</a> ·
          <a href="${grafana}/d/modeltap-drift?${variables}">drift board</a> · `
  return html`${boards}<a href="${DOCS}/alerts/runbooks/FeatureDrift.md">runbook</a> ·
    <a href="${DOCS}/docs/statistics.md">statistics</a>`
}

/** Names shown in full; the API has all of them. */
const SHOWN = 5

function notCompared(columns: readonly ExtraColumn[]): Html {
  if (columns.length === 0) return html``
  const names = columns.slice(0, SHOWN).map(({ name }) => name)
  const more = columns.length > SHOWN ? ` and ${columns.length - SHOWN} more` : ''
  return html`<br /><span class="warn">it lacks ${names.join(', ')}${more}, which are not compared</span>`
}

/** `identifier: customer_id; timestamp: ts` */
function uncomparedKinds(columns: readonly UncomparedSnapshot[]): Html {
  if (columns.length === 0) return html``
  const lists = UNCOMPARED_KINDS.flatMap((kind) => {
    const names = columns.filter((column) => column.kind === kind).map(({ name }) => name)
    const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ''
    return names.length === 0 ? [] : [`${kind}: ${names.slice(0, SHOWN).join(', ')}${more}`]
  })
  return html`<br /><span class="muted">not compared: ${lists.join('; ')}</span>`
}

function baselineState(baseline: BaselineState, secondsLeft: number | undefined): Html {
  if (baseline.state === 'learning') {
    const { rows, targetRows } = baseline
    const left = secondsLeft === undefined ? '' : `, about ${age(secondsLeft)} left`
    return html`<span class="warn">learning, ${percent(Math.min(1, rows / targetRows))}</span> of
      ${count(targetRows)} rows${left}`
  }
  return html`<span class="good">${baseline.state}</span>, ${count(baseline.rows)} rows of
    ${moment(baseline.createdEpochMs)}, <span class="muted">${baseline.hash.slice(0, 12)}</span>`
}
