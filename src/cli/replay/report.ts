/** The report of a replay: one HTML file that needs nothing else, drifted columns first. */
import { html, Html } from '../../admin/page/html.ts'
import { count, decimal, percent } from '../../admin/page/number-format.ts'
import { version } from '../../lib/version.ts'
import { historyPlot, shareplot } from './plots.ts'
import { isDrifted, WHOLE, type ReplayedColumn, type ReplayedModel, type ReplayResult } from './result.ts'

const STYLE = `
:root { color-scheme: light dark; --text: #1d232b; --muted: #66707d; --line: #dfe3e8; --ground: #f5f6f8; --card: #fff;
  --live: #2563c9; --baseline: #b9c1cb; --good: #1a7f4b; --bad: #c2302b; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ed; --muted: #98a2ae; --line: #2e353d; --ground: #14181c;
  --card: #1c2127; --live: #6ea4ff; --baseline: #505a66; --good: #4cc38a; --bad: #ff7a74; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 14px/1.45 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 20px 16px 40px; }
h1 { font-size: 20px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 22px 0 4px; }
h3 { font-size: 14px; margin: 0 0 8px; overflow-wrap: anywhere; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 14px 16px; margin-top: 12px; }
.pair { display: grid; grid-template-columns: minmax(280px, 520px) minmax(280px, 1fr); gap: 8px 28px; }
@media (max-width: 760px) { .pair { grid-template-columns: 1fr; } }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 3px 0 3px 16px; border-top: 1px solid var(--line); white-space: nowrap; }
th { color: var(--muted); font-weight: 500; font-size: 12px; border-top: 0; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
p { margin: 4px 0 0; } .muted { color: var(--muted); } .good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin: 0 4px 0 10px; }
svg { display: block; width: 100%; height: auto; } svg .slot { fill: transparent; }
.baseline { fill: var(--baseline); background: var(--baseline); } .live { fill: var(--live); background: var(--live); }
svg .grid { stroke: var(--line); } svg .line { fill: none; stroke: var(--live); stroke-width: 1.5; }
svg .label { fill: var(--muted); font-size: 10px; }
`

/** A browser loads nothing for it, whatever a column is called. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

export function renderReport(result: ReplayResult): string {
  const { input, lines, from, to, clock, unread, outOfOrder } = result
  const time = from === null || to === null ? `no time stamps: ${clock}` : `${from} to ${to}`
  const reasons = Object.entries(unread).map(([reason, number]) => `${reason} ${count(number)}`)
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Replay of ${input}</title>
        ${new Html(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <main>
          <h1>Replay of ${input}</h1>
          <p>${count(lines)} rows, ${time}</p>
          ${outOfOrder === 0 ? '' : html`<p>${count(outOfOrder)} rows are older than one before them.</p>`}
          ${reasons.length === 0 ? '' : html`<p>Not used: ${reasons.join(', ')}</p>`}
          <p class="muted">
            <span class="key baseline"></span>baseline<span class="key live"></span>live, share of all rows by
            bin. A score above its threshold is drift that is both real and large enough to matter. Window
            “${WHOLE}” is the whole file; the others are as they stood at its end. modeltap ${version}
          </p>
          ${result.models.map(modelSection)}
        </main>
      </body>
    </html> `.text
}

function modelSection(model: ReplayedModel): Html {
  const { baseline } = model
  const name = [model.model, model.version].filter((part) => part !== '').join(' ')
  if (baseline.state === 'learning') {
    const rows = `${count(baseline.rows)} of ${count(baseline.targetRows)} rows`
    return html`<h2>${name}</h2>
      <p>No scores: the baseline is still being learned, from ${rows}. Give one with --baseline.</p>`
  }
  const drifted = model.columns.filter(isDrifted)
  const rest = model.columns.filter((column) => !isDrifted(column))
  const verdict =
    drifted.length === 0
      ? html`<span class="good">no drift</span>`
      : html`<span class="bad">${drifted.length} of ${model.columns.length} columns drifted</span>`
  return html`<h2>${name}: ${verdict}</h2>
    <p class="muted">
      ${count(model.rows)} rows against a baseline of ${count(baseline.rows)} rows, ${baseline.state}
      (${baseline.hash})
    </p>
    ${drifted.toSorted((a, b) => worst(b) - worst(a)).map(columnSection)}${rest.map(columnSection)}`
}

function worst({ windows }: ReplayedColumn): number {
  return Math.max(
    0,
    ...windows.flatMap(({ scores }) => scores.map(({ value, threshold }) => value / threshold)),
  )
}

function columnSection(column: ReplayedColumn): Html {
  const { name, role, kind, values, history } = column
  const total = Object.values(values).reduce((sum, number) => sum + number, 0)
  const share = (number: number): string => (total === 0 ? '–' : percent(number / total))
  const history_ = historyPlot(name, history)
  return html`<section>
    <h3>
      ${name} <span class="muted">${role}, ${kind}</span>
      ${isDrifted(column) ? html`<span class="bad">drifted</span>` : ''}
    </h3>
    <div class="pair">
      <div>${shareplot(column)}</div>
      <div class="scroll">
        ${scoreTable(column)}
        <p class="muted">
          missing ${share(values.missing)}, wrong type ${share(values.wrong_type)}, out of range
          ${share(values.out_of_range)}, unseen ${share(values.unseen)}
        </p>
        ${history_.text === '' ? '' : html`<p class="muted">Highest score of the shortest window over time, as a multiple of its threshold</p>`}
        ${history_}
      </div>
    </div>
  </section>`
}

function scoreTable({ windows }: ReplayedColumn): Html {
  const statistics = [...new Set(windows.flatMap(({ scores }) => scores.map(({ statistic }) => statistic)))]
  return html`<table>
    <thead>
      <tr>
        <th>window</th>
        <th>rows</th>
        ${statistics.map((statistic) => html`<th>${statistic}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${windows.map(
        ({ window, observations, scores }) =>
          html`<tr>
            <td>${window}</td>
            <td>${count(observations)}</td>
            ${statistics.map((name) => {
              const score = scores.find(({ statistic }) => statistic === name)
              if (score === undefined) return html`<td class="muted">–</td>`
              const title = `threshold ${decimal(score.threshold)}`
              return html`<td class="${score.drifted ? 'bad' : ''}" title="${title}">
                ${decimal(score.value)}
              </td>`
            })}
          </tr>`,
      )}
    </tbody>
  </table>`
}
