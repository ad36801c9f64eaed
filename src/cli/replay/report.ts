/** The report of a replay: a single self-contained HTML file, the most drifted columns first. */
import { Html, html } from '../../admin/page/html.ts'
import { count } from '../../lib/number-format.ts'
import { version } from '../../lib/version.ts'
import { columnCard } from './column-card.ts'
import { overview } from './overview.ts'
import { performanceSection } from './performance-report.ts'
import { REPORT_STYLE } from './report-style.ts'
import type { ReplayedColumn, ReplayedModel, ReplayResult } from './result.ts'
import { summaryLines, verdictLine } from './summary.ts'
import { byUrgency, verdictOf } from './verdict.ts'

/** The browser loads nothing, whatever the names of columns contain. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
/** With more columns than this, those without drift are collapsed. */
const MOST_OPEN = 12

export function renderReport(result: ReplayResult): string {
  const lines = summaryLines(result)
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Replay of ${result.input}</title>
        ${new Html(`<style>${REPORT_STYLE}</style>`)}
      </head>
      <body>
        <main>
          <h1>Replay of ${result.input}</h1>
          ${lines.map((line) => html`<p>${line}</p>`)}
          <p class="muted">
            A score above its threshold is drift that is both real and large enough to matter; with few rows
            the threshold is higher. modeltap ${version}
          </p>
          ${result.performance === undefined ? '' : performanceSection(result.performance)}
          ${result.models.map((model, place) => modelSection(model, place, result.clock === 'timestamps'))}
        </main>
      </body>
    </html> `.text
}

function modelSection(model: ReplayedModel, place: number, timed: boolean): Html {
  const { baseline } = model
  const name = [model.model, model.version].filter((part) => part !== '').join(' ')
  if (baseline.state === 'learning') {
    const rows = `${count(baseline.rows)} of ${count(baseline.targetRows)} rows`
    return html`<h2>${name}</h2>
      <p>No scores: the baseline is still being learned, from ${rows}. Give one with --baseline.</p>`
  }
  const columns = byUrgency(model.columns)
  const drifted = columns.filter((column) => verdictOf(column) === 'drifted').length
  const idOf = (column: ReplayedColumn): string => `column-${place}-${columns.indexOf(column)}`
  const extra = model.columnsNotInBaseline.map((column) => column.name)
  return html`<h2>${name}: <span class="${drifted === 0 ? 'good' : 'bad'}">${verdictLine(model)}</span></h2>
    <p class="muted">
      ${count(model.rows)} rows against a baseline of ${count(baseline.rows)} rows, ${baseline.state}
      (${baseline.hash})
    </p>
    ${extra.length === 0 ? '' : html`<p>Not watched, because the baseline lacks them: ${extra.join(', ')}</p>`}
    ${overview(columns, idOf)}
    ${columns.map((column) =>
      columnCard(column, {
        id: idOf(column),
        timed,
        open: columns.length <= MOST_OPEN || verdictOf(column) !== 'no drift',
      }),
    )}`
}
