/** Data that modeltap could not read, and its cost: failures, drops, limits, resources. */
import type { ExpositionStats, SelfSnapshot } from '../../instruments/self-snapshot.ts'
import { formatByteSize } from '../../lib/byte-size.ts'
import { count, decimal, percent } from '../../lib/number-format.ts'
import type { ResourceSnapshot } from '../../resources/snapshot.ts'
import type { RecentFailure } from '../dependencies.ts'
import { byReason, type Fact, factSection, sum } from './facts.ts'
import { type Html, html } from './html.ts'
import { ago } from './moment.ts'
import { table } from './table.ts'

export function failureSection(
  failures: readonly RecentFailure[],
  { decodeFailures }: SelfSnapshot,
  nowEpochMs: number,
): Html {
  const total = decodeFailures.reduce((sum, failure) => sum + failure.count, 0)
  if (total === 0 && failures.length === 0) {
    return html`<section id="failures">
      <h2>Payloads that gave no rows</h2>
      <p class="good">None.</p>
    </section>`
  }
  const rows = failures.map(
    ({ epochMs, model, protocol, reason }) =>
      html`<tr>
        <td>${ago(epochMs, nowEpochMs)}</td>
        <td class="name">${model}</td>
        <td>${protocol}</td>
        <td>${reason}</td>
      </tr>`,
  )
  return html`<section id="failures">
    <h2>Payloads that gave no rows</h2>
    <p class="muted">${count(total)} since the start; their traffic was not touched. The last ones:</p>
    ${table({
      ...{ id: 'failure-table', caption: 'The last payloads that gave no rows', rows },
      headings: ['when', 'model', 'protocol', 'reason'],
    })}
  </section>`
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
      // Bodies over the limit are skipped on purpose; bytes without room are lost.
      alarming: self.droppedBytes.ring_full > 0,
    },
    { name: 'exchanges not observed', value: byReason(self.unobservedExchanges) },
    { name: 'buffer in use', value: percent(self.ringUsedRatio), alarming: self.ringUsedRatio > 0.5 },
    { name: 'analysis behind traffic', value: `${decimal(1000 * self.analysisLagSeconds)} ms` },
    { name: 'analysis restarts', value: byReason(self.restarts), alarming: sum(self.restarts) > 0 },
    { name: 'open connections', value: count(self.openConnections) },
    {
      name: 'connections ended by modeltap',
      value: byReason(self.endedConnections),
      alarming: self.endedConnections.limit > 0,
    },
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
  return factSection({ id: 'limits', title: 'Limits, drops and resources', facts })
}
