/** What is observed: one row a model. */
import type { BaselineState, ExtraColumn, Snapshot, UncomparedSnapshot } from '../../analysis/snapshot.ts'
import { UNCOMPARED_KINDS } from '../../baseline/column-kind.ts'
import type { SelfSnapshot } from '../../instruments/self-snapshot.ts'
import { type Html, html } from './html.ts'
import { count, percent } from './number-format.ts'
import { table } from './table.ts'

export function modelSection({ models }: Snapshot, { inFlight }: SelfSnapshot): Html {
  if (models.length === 0) {
    return html`<section>
      <h2>Observed models</h2>
      <p>
        No prediction has been recognised yet. Send requests to the data port; what passes without being
        recognised is counted below.
      </p>
    </section>`
  }
  const rows = models.map(
    ({
      model,
      version,
      protocol,
      predictionRows,
      baseline,
      columns,
      columnsNotInBaseline = [],
      uncompared = [],
    }) =>
      html`<tr>
        <td class="name">${model === '' ? '(no name)' : model}</td>
        <td>${version}</td>
        <td>${protocol}</td>
        <td class="number">${count(predictionRows)}</td>
        <td class="number">${count(inFlight.find((entry) => entry.model === model)?.requests ?? 0)}</td>
        <td class="number">${columns.filter(({ role }) => role === 'feature').length}</td>
        <td>${baselineState(baseline)}${uncomparedKinds(uncompared)}${notCompared(columnsNotInBaseline)}</td>
      </tr>`,
  )
  return html`<section>
    <h2>Observed models</h2>
    ${table(['model', 'version', 'protocol', { ofNumbers: 'rows predicted' }, { ofNumbers: 'in flight' }, { ofNumbers: 'features' }, 'baseline'], rows)}
  </section>`
}

/** Names that are shown in full; the API has them all. */
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

function baselineState(baseline: BaselineState): Html {
  if (baseline.state === 'learning') {
    const { rows, targetRows } = baseline
    return html`<span class="warn">learning, ${percent(Math.min(1, rows / targetRows))}</span> of
      ${count(targetRows)} rows`
  }
  const made = new Date(baseline.createdEpochMs).toISOString().slice(0, 16).replace('T', ' ')
  return html`<span class="good">${baseline.state}</span>, ${count(baseline.rows)} rows of ${made} UTC,
    <span class="muted">${baseline.hash.slice(0, 12)}</span>`
}
