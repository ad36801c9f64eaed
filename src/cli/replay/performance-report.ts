/** The section on performance in the report of a replay. */
import { type Html, html } from '../../admin/page/html.ts'
import { count, decimal } from '../../lib/number-format.ts'
import type { LabelledOutput, LabelledResult } from './labelled.ts'
import { calibrationPlot, chunkPlot, confusionTable, residualPlot, rocPlot } from './performance-plots.ts'

export function performanceSection({
  joined,
  labels,
  unlabelledRows,
  unusedLabels,
  outputs,
}: LabelledResult): Html {
  return html`<h2>Performance</h2>
    <p class="muted">
      ${count(joined)} rows with a label; ${count(unlabelledRows)} rows without one, ${count(unusedLabels)} of
      ${count(labels)} labels without a row.
    </p>
    ${outputs.map(outputSection)}`
}

function outputSection({ snapshot, chunks, residuals }: LabelledOutput): Html {
  const { model, version, output, task, observations, windows, concept } = snapshot
  const name = [model, version].filter((part) => part !== '').join(' ')
  const metrics = windows[0]?.metrics ?? []
  const main = metrics.find(
    ({ metric }) => metric === (task === 'classification' ? 'accuracy' : 'rmse'),
  )?.metric
  return html`<section>
    <h3>${output} <span class="muted">of ${name}, ${task}, ${count(observations)} rows</span></h3>
    <div class="pair">
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>metric</th>
              <th>value</th>
              <th>19 times of 20 within</th>
            </tr>
          </thead>
          <tbody>
            ${metrics.map(
              ({ metric, value, lower, upper }) =>
                html`<tr>
                  <td>${metric}</td>
                  <td>${decimal(value)}</td>
                  <td>
                    ${lower === undefined || upper === undefined ? '–' : `${decimal(lower)} … ${decimal(upper)}`}
                  </td>
                </tr>`,
            )}
          </tbody>
        </table>
        <p class="muted">
          Concept drift was seen so often:
          ${concept.map(({ detector, detections }) => `${detector} ${detections.up + detections.down}`).join(', ')}
        </p>
      </div>
      <div>
        ${snapshot.task === 'classification' ? confusionTable(snapshot.cells) : residualPlot(residuals)}
        ${main === undefined ? '' : html`<p class="muted">${main} over ${chunks.length} parts of the file</p>`}
        ${main === undefined ? '' : chunkPlot(main, chunks)}
      </div>
      ${
        snapshot.task === 'classification' && snapshot.scores !== undefined
          ? html`<div>${rocPlot(snapshot.scores.bins)}</div>
              <div>${calibrationPlot(snapshot.scores.bins)}</div>`
          : ''
      }
    </div>
  </section>`
}
