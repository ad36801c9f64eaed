/** One column of the report: the changes in words, both distributions, both sets of statistics, the history. */
import { type Html, html } from '../../admin/page/html.ts'
import { undecidedNote } from '../../analysis/deciding-window.ts'
import { count, decimal, percent } from '../../lib/number-format.ts'
import { largestChanges } from './changes.ts'
import type { NumberStatistics } from './column-statistics.ts'
import { type ReplayedColumn, type ReplayedScore, WHOLE } from './result.ts'
import { shareTable } from './share-table.ts'
import { timePlot } from './time-plot.ts'
import { type Verdict, verdictOf } from './verdict.ts'

export const VERDICT_CLASS: Readonly<Record<Verdict, string>> = {
  drifted: 'bad',
  'drifted at the end': 'warn',
  'no drift': 'good',
  'too few rows': 'muted',
}

export interface CardOptions {
  /** Anchor for links from the overview. */
  readonly id: string
  readonly timed: boolean
  readonly open: boolean
}

export function columnCard(column: ReplayedColumn, { id, timed, open }: CardOptions): Html {
  const { name, role, kind, history } = column
  const verdict = verdictOf(column)
  return html`<details ${open ? 'open' : ''}>
    <summary>
      <h3>${name}</h3>
      <span class="muted">${role}, ${kind}</span> <span class="${VERDICT_CLASS[verdict]}">${verdict}</span>
    </summary>
    <div id="${id}">
      <p class="words">${changesInWords(column)}</p>
      <div class="pair">
        <div class="stack">${shareTable(column)}${timePlot(name, history, timed)}</div>
        <div class="stack">${scoreTable(column)}${statisticsTable(column)}</div>
      </div>
    </div>
  </details>`
}

/** `above 14: 31 % of the rows, baseline 10 % (64 % of the change); …` */
export function changesInWords(column: Pick<ReplayedColumn, 'kind' | 'bins'>): string {
  const changes = largestChanges(column)
  if (changes.length === 0) return 'All shares are as in the baseline.'
  const texts = changes.map(
    ({ bin, baseline, live, part }) =>
      `“${bin}” ${percent(live)} of the rows, baseline ${percent(baseline)} (${percent(part)} of the difference)`,
  )
  return `Largest changes: ${texts.join('; ')}.`
}

function scoreTable({ windows }: ReplayedColumn): Html {
  const scored = windows.filter(({ scores }) => scores.length > 0)
  const statistics = [...new Set(scored.flatMap(({ scores }) => scores.map(({ statistic }) => statistic)))]
  const few = windows
    .filter(({ scores }) => scores.length === 0)
    .map(({ window, observations }) => `${window} (${count(observations)})`)
  const note = few.length === 0 ? '' : html`<p class="muted">Too few rows for a score: ${few.join(', ')}</p>`
  // The whole file stands first; the windows at its end follow, shortest first.
  const undecided = undecidedNote(windows.filter(({ window }) => window !== WHOLE))
  const cannot = undecided === undefined ? '' : html`<p class="muted">${undecided}</p>`
  if (scored.length === 0) return html`<div>${note}</div>`
  return html`<div>
    <table>
      <caption>
        Scores and thresholds. “${WHOLE}” is the whole file, other windows are as they stood at its end.
      </caption>
      <thead>
        <tr>
          <th scope="col">window</th>
          ${scored.map(({ window }) => html`<th scope="col">${window}</th>`)}
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">rows</th>
          ${scored.map(({ observations }) => html`<td class="number">${count(observations)}</td>`)}
        </tr>
        ${statistics.map(
          (name) =>
            html`<tr>
              <th scope="row">${name}</th>
              ${scored.map(({ scores }) => scoreCell(scores.find(({ statistic }) => statistic === name)))}
            </tr>`,
        )}
      </tbody>
    </table>
    ${note}${cannot}
  </div>`
}

function scoreCell(score: ReplayedScore | undefined): Html {
  if (score === undefined) return html`<td class="muted">–</td>`
  return html`<td class="${score.drifted ? 'bad' : ''}">${scoreText(score)}</td>`
}

/** `0.31 > 0.1` for drift, `0.02 ≤ 0.1` otherwise: never a score without its threshold. */
export function scoreText({ value, threshold, drifted }: ReplayedScore): string {
  return `${decimal(value)} ${drifted ? '>' : '≤'} ${decimal(threshold)}`
}

interface Line {
  readonly name: string
  readonly baseline: string
  readonly live: string
}

function statisticsTable(column: ReplayedColumn): Html {
  const lines = [...numberLines(column), ...valueLines(column)]
  return html`<table>
    <caption>
      Statistics of all rows
    </caption>
    <thead>
      <tr>
        <th scope="col"></th>
        <th scope="col">baseline</th>
        <th scope="col">live</th>
      </tr>
    </thead>
    <tbody>
      ${lines.map(
        ({ name, baseline, live }) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td class="number">${baseline}</td>
            <td class="number">${live}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

function numberLines({ numbers: { baseline, live } }: ReplayedColumn): Line[] {
  if (baseline === null && live === null) return []
  const line = (name: string, read: (side: NumberStatistics) => number): Line => ({
    name,
    baseline: baseline === null ? '–' : decimal(read(baseline)),
    live: live === null ? '–' : decimal(read(live)),
  })
  const at = (index: number) => (side: NumberStatistics) => side.quantiles[index]?.value ?? Number.NaN
  const quantiles = ((baseline ?? live)?.quantiles ?? []).map(({ q }, index) =>
    line(q === 0.5 ? 'median' : `${Math.round(100 * q)}th percentile`, at(index)),
  )
  return [
    line('mean', ({ mean }) => mean),
    line('standard deviation', ({ standardDeviation }) => standardDeviation),
    line('smallest', ({ min }) => min),
    ...quantiles,
    line('largest', ({ max }) => max),
  ]
}

function valueLines({ kind, values, bins }: ReplayedColumn): Line[] {
  const total = Object.values(values).reduce((sum, number) => sum + number, 0)
  const share = (number: number): string => (total === 0 ? '–' : percent(number / total))
  const missing = bins.find(({ label }) => label === 'missing')?.baseline ?? 0
  return [
    { name: 'missing', baseline: percent(missing), live: share(values.missing) },
    { name: 'of another type', baseline: '0 %', live: share(values.wrong_type) },
    ...(kind === 'categorical'
      ? []
      : [
          {
            name: 'below the smallest or above the largest',
            baseline: '0 %',
            live: share(values.out_of_range),
          },
        ]),
    ...(kind === 'numeric'
      ? []
      : [{ name: 'not in the baseline', baseline: '0 %', live: share(values.unseen) }]),
  ]
}
