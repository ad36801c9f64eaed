/** All data of one column for `<details>`: scores by window, mean and median, bins with their edges. */
import { undecidedNote } from '../../analysis/deciding-window.ts'
import type { BinSnapshot, ColumnSnapshot, ColumnWindowSnapshot } from '../../analysis/snapshot.ts'
import { count, decimal, percent } from '../../lib/number-format.ts'
import { type Html, html } from './html.ts'
import { tableHead } from './table.ts'

export function columnDetails(column: ColumnSnapshot): Html {
  const { valid, missing, wrong_type, out_of_range, unseen } = column.values
  return html`${scoreTable(column)}
    <p>
      Values since the start: ${count(valid)} as in the baseline, ${count(missing)} missing,
      ${count(wrong_type)} of a wrong type, ${count(out_of_range)} out of range, ${count(unseen)}
      unseen${column.outliers === undefined ? '' : `, ${count(column.outliers)} outliers`}.
    </p>
    ${binTable(column.bins)}`
}

const medianOf = ({ quantiles }: ColumnWindowSnapshot): number | undefined =>
  quantiles.find(({ q }) => q === 0.5)?.value

function scoreTable({ windows, baselineCentre }: ColumnSnapshot): Html {
  const statistics = [...new Set(windows.flatMap(({ scores }) => scores.map(({ statistic }) => statistic)))]
  const hasNumbers = baselineCentre !== undefined
  const number = (value: number | undefined): Html =>
    html`<td class="number">${value === undefined ? '–' : decimal(value)}</td>`
  const rows = windows.map((window) => {
    const cells = statistics.map((name) => {
      const score = window.scores.find(({ statistic }) => statistic === name)
      if (score === undefined) return html`<td class="number">–</td>`
      const { value, threshold, pValue } = score
      const test = pValue === undefined ? '' : `, p ${decimal(pValue)}`
      return html`<td class="number ${value > threshold ? 'bad' : ''}">
        ${decimal(value)} of ${decimal(threshold)}${test}
      </td>`
    })
    return html`<tr>
      <th scope="row">${window.window}</th>
      <td class="number">${count(window.observations)}</td>
      ${hasNumbers ? html`${number(window.mean)}${number(medianOf(window))}` : ''}${cells}
    </tr>`
  })
  const baseline = hasNumbers
    ? html`<tr>
        <th scope="row">baseline</th>
        <td class="number">–</td>
        ${number(baselineCentre.mean)}${number(baselineCentre.median)}${statistics.map(
          () => html`<td class="number">–</td>`,
        )}
      </tr>`
    : html``
  const reasons = windows.flatMap(({ window, reason }) =>
    reason === undefined
      ? []
      : [
          html`<p>
            ${window}: ${reason.direction} is ${decimal(reason.value)}, expected at these hours
            ${decimal(reason.expected)} give or take ${decimal(Math.abs(reason.limit))}.
          </p>`,
        ],
  )
  const undecided = undecidedNote(windows)
  return html`<table>
      <caption>
        Scores, each of its threshold
      </caption>
      ${tableHead([
        'window',
        { ofNumbers: 'rows' },
        ...(hasNumbers ? [{ ofNumbers: 'mean' }, { ofNumbers: 'median' }] : []),
        ...statistics.map((statistic) => ({ ofNumbers: statistic })),
      ])}
      <tbody>
        ${rows}${baseline}
      </tbody>
    </table>
    ${reasons}${undecided === undefined ? '' : html`<p>${undecided}.</p>`}`
}

function binTable(bins: readonly BinSnapshot[]): Html {
  const rows = bins.reduce((sum, { total }) => sum + total, 0)
  return html`<table>
    <caption>
      Share of rows by bin, since the start
    </caption>
    ${tableHead(['bin', { ofNumbers: 'baseline' }, { ofNumbers: 'live' }])}
    <tbody>
      ${bins.map(
        ({ label, baselineRatio, total }) =>
          html`<tr>
            <th scope="row">${binName(label)}</th>
            <td class="number">${percent(baselineRatio)}</td>
            <td class="number">${rows === 0 ? '–' : percent(total / rows)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

/** `le_25` is a metric label; the page shows `up to 25`. */
function binName(label: string): string {
  if (label === 'inf') return 'above'
  if (label.startsWith('le_')) return `up to ${label.slice(3)}`
  return label.startsWith('v_') ? label.slice(2) : label
}
