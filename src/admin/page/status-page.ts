/** GET /: the current state of modeltap for a user who has just started it. */
import { age } from '../../lib/number-format.ts'
import { version } from '../../lib/version.ts'
import type { AdminDependencies } from '../dependencies.ts'
import { document, refreshSeconds } from './document.ts'
import { columnSections, hasDrift } from './drift-section.ts'
import { type Html, html } from './html.ts'
import { failureSection, limitSection } from './limit-sections.ts'
import { modelSection } from './model-section.ts'
import { outcomeSection } from './outcome-section.ts'
import { overviewSection } from './overview-section.ts'
import { routeSection } from './route-section.ts'
import { sourceSection } from './source-section.ts'

/** @param parameters `?refresh=5`: seconds between two loads; `?refresh=off` */
export function statusPage(dependencies: AdminDependencies, parameters: URLSearchParams): string {
  const { history, options } = dependencies
  const snapshot = dependencies.snapshot()
  const self = dependencies.self()
  const nowEpochMs = dependencies.clock.epochMs()
  const name = self.servedModel === '' ? 'modeltap' : `${self.servedModel} – modeltap`
  const seconds = refreshSeconds(parameters.get('refresh'))
  const scored = snapshot.models
    .flatMap(({ columns }) => columns)
    .filter(({ windows }) => windows.some(({ scores }) => scores.length > 0))
  const drift = { columns: scored.filter(hasDrift).length, of: scored.length }
  history.noteStates()
  return document({
    title: name,
    refreshSeconds: seconds,
    body: [
      header(dependencies, nowEpochMs),
      refreshControl(seconds),
      overviewSection({ history: history.read(), nowEpochMs, drift }),
      modelSection(snapshot, self, { history, grafana: options.grafana?.replace(/\/+$/, '') }),
      ...snapshot.models.flatMap((model, place) => columnSections({ model, place, history, nowEpochMs })),
      ...outcomeSection(dependencies.outcomes?.(), nowEpochMs),
      ...routeSection(dependencies.routes()),
      sourceSection(self, nowEpochMs),
      failureSection(dependencies.recentFailures(), self, nowEpochMs),
      limitSection(self, dependencies.exposition.stats(), dependencies.resources()),
    ],
  })
}

function refreshControl(seconds: number): Html {
  if (seconds === 0)
    return html`<p class="muted">This page does not refresh. <a href="/">Refresh it every 10 s</a></p>`
  return html`<div class="tools" id="refresh" hidden>
      <button type="button" id="pause" aria-pressed="false">pause</button>
      <span class="muted">refreshes every ${seconds} s</span>
      <span class="warn" id="refresh-state" role="status"></span>
    </div>
    <noscript
      ><p class="muted">
        This page loads itself again every ${seconds} s. <a href="?refresh=off">Stop that</a>
      </p></noscript
    >`
}

function header({ about, snapshot, self, clock }: AdminDependencies, nowEpochMs: number): Html {
  const { takenEpochMs } = snapshot()
  const reachable = self().upstreamReachable
  const upstream =
    reachable === undefined
      ? html`<span class="muted">not probed yet</span>`
      : reachable
        ? html`<span class="good">reachable</span>`
        : html`<span class="bad">not reachable</span>`
  const evaluated =
    takenEpochMs === 0 ? 'not evaluated yet' : `evaluated ${age((nowEpochMs - takenEpochMs) / 1000)} ago`
  return html`<header id="top">
    <h1>modeltap</h1>
    <span>${about.listen} → ${about.upstream} (${upstream})</span>
    <span class="muted"
      >version ${version}, up for ${age((clock.monotonicMs() - about.startedMs) / 1000)}, ${evaluated}</span
    >
    <span><a href="/metrics">metrics</a> · <a href="/api/v1/status">API</a></span>
  </header>`
}
