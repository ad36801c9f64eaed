/** The metrics declared by the sources besides the proxy. Every reason starts at 0. */
import type { sources } from '../sources/index.ts'
import { sourceList, type SourceName } from '../sources/index.ts'
import type { Source, SourceMetric } from '../sources/source.ts'
import { observed, type ObservedMetric } from './metric.ts'

type SourceMetricName = {
  [Name in SourceName]: keyof (typeof sources)[Name]['metrics']
}[SourceName]

function ofSource(
  { name: source, absence }: Source<SourceName>,
  { read, label, ...words }: SourceMetric<object>,
): ObservedMetric {
  return observed({
    ...words,
    absence,
    labels: label === undefined ? [] : [label],
    collect: ({ self }, emit) => {
      const stats = self.sources[source]
      if (stats === undefined) return
      const value = read(stats)
      if (typeof value === 'number') emit(value)
      else for (const [reason, count] of Object.entries(value)) emit(count, reason)
    },
  })
}

/** In the order of the exposition. */
export const sourceMetrics = Object.fromEntries(
  sourceList.flatMap((source) =>
    Object.entries(source.metrics).map(([name, metric]) => [name, ofSource(source, metric)]),
  ),
) as Readonly<Record<SourceMetricName, ObservedMetric>>
