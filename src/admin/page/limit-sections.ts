/** What modeltap could not read, and what it costs: failures, drops, limits, resources. */
import type { ExpositionStats, SelfSnapshot } from '../../instruments/self-snapshot.ts'
import { formatByteSize } from '../../lib/byte-size.ts'
import type { ResourceSnapshot } from '../../resources/snapshot.ts'
import type { RecentFailure } from '../sources.ts'
import { html, type Html } from './html.ts'
import { age, count, decimal, percent } from './number-format.ts'

export function failureSection(
  failures: readonly RecentFailure[],
  { decodeFailures }: SelfSnapshot,
  nowEpochMs: number,
): Html {
  const total = decodeFailures.reduce((sum, failure) => sum + failure.count, 0)
  if (total === 0 && failures.length === 0) {
    return html`<section>
      <h2>Payloads that gave no rows</h2>
      <p class="good">None.</p>
    </section>`
  }
  const rows = failures.map(
    ({ epochMs, model, protocol, reason }) =>
      html`<tr>
        <td>${age((nowEpochMs - epochMs) / 1000)} ago</td>
        <td class="name">${model}</td>
        <td>${protocol}</td>
        <td>${reason}</td>
      </tr>`,
  )
  return html`<section>
    <h2>Payloads that gave no rows</h2>
    <p class="muted">${count(total)} since the start; their traffic was not touched. The last ones:</p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>when</th>
            <th>model</th>
            <th>protocol</th>
            <th>reason</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section>`
}

interface Fact {
  readonly name: string
  readonly value: string
  /** Something was lost or replaced, so it is worth a look. */
  readonly alarming?: boolean
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, value) => total + value, 0)

/** `3 (features 3)`: the total, and the reasons that are not zero. */
function byReason(counts: Readonly<Record<string, number>>, show = count): string {
  const reasons = Object.entries(counts).filter(([, value]) => value > 0)
  const detail = reasons.map(([reason, value]) => `${reason} ${show(value)}`).join(', ')
  return detail === '' ? show(0) : `${show(sum(counts))} (${detail})`
}

export function limitSection(
  self: SelfSnapshot,
  exposition: ExpositionStats,
  { model, host, gpus }: ResourceSnapshot,
): Html {
  const dropped = { ...self.droppedSeries, ...exposition.droppedSeries }
  const facts: Fact[] = [
    { name: 'bytes analysed', value: formatByteSize(self.tapBytes) },
    {
      name: 'bytes not analysed',
      value: byReason(self.droppedBytes, formatByteSize),
      // Bodies over the limit are skipped by intent; bytes that found no room are lost.
      alarming: (self.droppedBytes['ring_full'] ?? 0) > 0,
    },
    { name: 'exchanges not observed', value: byReason(self.unobservedExchanges) },
    { name: 'buffer in use', value: percent(self.ringUsedRatio), alarming: self.ringUsedRatio > 0.5 },
    { name: 'analysis behind traffic', value: `${decimal(1000 * self.analysisLagSeconds)} ms` },
    { name: 'analysis restarts', value: byReason(self.restarts), alarming: sum(self.restarts) > 0 },
    { name: 'open connections', value: count(self.openConnections) },
    { name: 'series exported', value: count(exposition.lastSeries) },
    { name: 'series left out', value: byReason(dropped), alarming: sum(dropped) > 0 },
  ]
  if (model.memoryBytes !== undefined)
    facts.push({ name: 'model memory', value: formatByteSize(model.memoryBytes) })
  if (model.cpuSecondsTotal !== undefined) {
    facts.push({ name: 'model CPU time', value: `${decimal(model.cpuSecondsTotal)} s` })
  }
  if (host.cpuUtilizationRatio !== undefined)
    facts.push({ name: 'host CPU', value: percent(host.cpuUtilizationRatio) })
  for (const { gpu, name, utilizationRatio } of gpus) {
    if (utilizationRatio !== undefined)
      facts.push({ name: `GPU ${gpu}, ${name}`, value: percent(utilizationRatio) })
  }
  return html`<section>
    <h2>Limits, drops and resources</h2>
    <dl class="facts">
      ${facts.map(
        ({ name, value, alarming }) =>
          html`<div>
            <dt>${name}</dt>
            <dd class="${alarming === true ? 'warn' : ''}">${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`
}
