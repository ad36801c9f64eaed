/** GET /: what modeltap sees now, for a person who has just put it before a model. */
import { version } from '../../lib/version.ts'
import type { AdminDependencies } from '../dependencies.ts'
import { document, refreshSeconds } from './document.ts'
import { driftSection } from './drift-section.ts'
import { type Html, html } from './html.ts'
import { failureSection, limitSection } from './limit-sections.ts'
import { modelSection } from './model-section.ts'
import { age } from './number-format.ts'
import { outcomeSection } from './outcome-section.ts'
import { routeSection } from './route-section.ts'
import { sourceSection } from './source-section.ts'

/** @param parameters `?refresh=5`: seconds between two loads */
export function statusPage(dependencies: AdminDependencies, parameters: URLSearchParams): string {
  const snapshot = dependencies.snapshot()
  const self = dependencies.self()
  const nowEpochMs = dependencies.clock.epochMs()
  const name = self.servedModel === '' ? 'modeltap' : `${self.servedModel} – modeltap`
  return document({
    title: name,
    refreshSeconds: refreshSeconds(parameters.get('refresh')),
    body: [
      header(dependencies, nowEpochMs),
      modelSection(snapshot, self),
      ...snapshot.models.map(driftSection),
      ...outcomeSection(dependencies.outcomes?.(), nowEpochMs),
      ...routeSection(dependencies.routes()),
      sourceSection(self, nowEpochMs),
      failureSection(dependencies.recentFailures(), self, nowEpochMs),
      limitSection(self, dependencies.exposition.stats(), dependencies.resources()),
    ],
  })
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
  return html`<header>
    <h1>modeltap</h1>
    <span>${about.listen} → ${about.upstream} (${upstream})</span>
    <span class="muted"
      >version ${version}, up for ${age((clock.monotonicMs() - about.startedMs) / 1000)}, ${evaluated}</span
    >
    <span><a href="/metrics">metrics</a> · <a href="/api/v1/status">API</a></span>
  </header>`
}
