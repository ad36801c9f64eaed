/** Series that the shipped rules record, with every label that they may have. */
import { parseRules } from '../../alerts/check.ts'
import type { ForeignSeries } from '../../grafana/contract.ts'
import { textsOf } from './files.ts'

/** What recording rules keep from the catalogue (their `by` clauses are held to it on their own) and add. */
const KEPT = [
  'model',
  'version',
  'feature',
  'output',
  'bin',
  'position',
  'kind',
  'window',
  'class',
  'predicted',
  'actual',
  'currency',
  'metric',
  'source',
  'le',
  'grafana',
  'runbooks',
  'owner',
]

export function recordedSeries(): ForeignSeries {
  const rules = Object.values(textsOf('rules')).flatMap((text) => parseRules(text))
  return Object.fromEntries(
    rules
      .filter((rule) => 'record' in rule)
      .map((rule) => [rule.record, [...KEPT, ...Object.keys(rule.labels ?? {})]]),
  )
}
