/** The overview: request rate, latency, errors and cost. */
import { cores, count, decimal, milliseconds, percent } from '../../lib/number-format.ts'
import type { HistoryPoint, HistorySnapshot } from '../history.ts'
import { type Html, html } from './html.ts'
import { ago } from './moment.ts'
import { sparkline } from './sparkline.ts'

interface Figure {
  readonly name: string
  readonly of: (point: HistoryPoint) => number | undefined
  readonly show: (value: number) => string
}

const FIGURES: readonly Figure[] = [
  { name: 'requests per second', of: (point) => point.requestsPerSecond, show: decimal },
  { name: 'latency p50', of: (point) => point.p50, show: milliseconds },
  { name: 'latency p99', of: (point) => point.p99, show: milliseconds },
  { name: 'errors', of: (point) => point.errorRatio, show: percent },
  { name: 'CPU of the model', of: (point) => point.modelCpu, show: cores },
  { name: 'CPU of modeltap', of: (point) => point.ownCpu, show: cores },
]

export interface OverviewFacts {
  readonly history: HistorySnapshot
  readonly nowEpochMs: number
  /** Columns with a score above its threshold, and columns with a score. */
  readonly drift: { readonly columns: number; readonly of: number }
}

export function overviewSection({ history, nowEpochMs, drift }: OverviewFacts): Html {
  const { now, points, stepSeconds, lastCallEpochMs } = history
  const minutes = Math.max(1, Math.round((points.length * stepSeconds) / 60))
  const figures = FIGURES.map(({ name, of, show }) => {
    const value = of(now)
    return html`<div>
      <dt>${name}</dt>
      <dd>
        ${value === undefined ? '–' : show(value)}
        ${sparkline({ name, values: points.map(of), minutes, show })}
      </dd>
    </div>`
  })
  const called = lastCallEpochMs === undefined ? html`none yet` : ago(lastCallEpochMs, nowEpochMs)
  return html`<section id="now">
    <h2>Now</h2>
    <dl class="facts now">
      ${figures}
      <div>
        <dt>last call</dt>
        <dd>${called}</dd>
      </div>
      <div>
        <dt>columns that drift</dt>
        <dd class="${drift.columns > 0 ? 'bad' : ''}">
          ${drift.of === 0 ? 'no score yet' : `${count(drift.columns)} of ${count(drift.of)}`}
        </dd>
      </div>
    </dl>
    <p class="muted">
      Figures are of the last
      minute${points.length < 2 ? '' : `; lines are of the last ${minutes} min, from memory, at most an hour`}.
    </p>
  </section>`
}
