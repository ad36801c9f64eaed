/** Labels and performance, on the status page and at /api/v1/outcomes. */
import { count, decimal } from '../../lib/number-format.ts'
import type { MetricSnapshot, OutcomesSnapshot, OutputSnapshot } from '../../outcomes/snapshot.ts'
import { type Html, html } from './html.ts'
import { ago } from './moment.ts'
import { table } from './table.ts'

export function outcomeSection(outcomes: OutcomesSnapshot | undefined, nowEpochMs: number): Html[] {
  if (outcomes === undefined) return []
  const { results, store, models, outputs } = outcomes
  const notes = Object.entries(results).filter(([, number]) => number > 0)
  const up = store.up ? html`` : html` <span class="bad">the store does not answer</span>`
  return [
    html`<section id="outcomes">
      <h2>Outcomes</h2>
      <p>
        ${
          notes.length === 0
            ? 'No label has come yet. Send them to POST /api/v1/outcomes.'
            : notes.map(([result, number]) => `${count(number)} ${result.replaceAll('_', ' ')}`).join(', ')
        }
      </p>
      <p class="muted">
        ${store.pending === undefined ? '' : `${count(store.pending)} predictions wait`} in the store
        ${store.kind}${up}
        ${models.map(({ model, lastLabelEpochMs }) =>
          lastLabelEpochMs === undefined
            ? html``
            : html`· newest label of ${model} ${ago(lastLabelEpochMs, nowEpochMs)} `,
        )}
      </p>
      ${outputs.map(outputTable)}
    </section>`,
  ]
}

function outputTable(
  { model, version, output, task, windows, concept, observations }: OutputSnapshot,
  place: number,
): Html {
  const name = [model, version].filter((part) => part !== '').join(' ')
  const metrics = [...new Set(windows.flatMap((window) => window.metrics.map(({ metric }) => metric)))]
  const drifts = concept.filter(({ detections }) => detections.up + detections.down > 0)
  return html`<h3>${output} <span class="muted">of ${name}, ${task}, ${count(observations)} labels</span></h3>
    ${drifts.map(
      ({ detector, detections }) =>
        html`<p class="bad">
          concept drift: ${detector} saw ${detections.up} times more errors and ${detections.down} times fewer
        </p>`,
    )}
    ${table({
      id: `outcomes-${place}`,
      caption: `Performance of ${output} of ${name} by window`,
      headings: ['window', { ofNumbers: 'labels' }, ...metrics.map((metric) => ({ ofNumbers: metric }))],
      rows: windows.map(
        ({ window, observations: labels, metrics: found }) =>
          html`<tr>
            <th scope="row">${window}</th>
            <td class="number">${count(labels)}</td>
            ${metrics.map((metric) => cell(found.find((one) => one.metric === metric)))}
          </tr>`,
      ),
    })}`
}

function cell(found: MetricSnapshot | undefined): Html {
  if (found === undefined) return html`<td class="number muted">–</td>`
  const { value, threshold, isWorse } = found
  const limit = threshold === undefined ? 'no threshold yet' : `threshold ${decimal(threshold)}`
  return html`<td class="number">
    <span class="${isWorse ? 'bad' : ''}">${decimal(value)}</span><br /><span class="muted">${limit}</span>
  </td>`
}
