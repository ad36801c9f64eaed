import { expect, test } from 'vitest'
import { columnDetails } from '../../src/admin/page/column-details.ts'
import type { ColumnSnapshot, ColumnWindowSnapshot } from '../../src/analysis/snapshot.ts'

const window = (name: string, isDecisive: boolean): ColumnWindowSnapshot => ({
  window: name,
  observations: 1_000,
  scores: [{ statistic: 'deviation', value: 0.2, threshold: 1 }],
  quantiles: [],
  classes: [],
  isDecisive,
})

const detailsOf = (...windows: ColumnWindowSnapshot[]): string => {
  const values = { valid: 1_000, missing: 0, wrong_type: 0, out_of_range: 0, unseen: 0 }
  const column: ColumnSnapshot = { role: 'feature', name: 'temp', kind: 'numeric', values, bins: [], windows }
  return columnDetails(column).text
}

test('the details name the windows that cannot decide and the shortest that can', () => {
  expect(detailsOf(window('1h', false), window('1d', true))).toMatch(
    /1h cannot detect .* the shortest window that can is 1d\./,
  )
  expect(detailsOf(window('1h', true), window('1d', true))).not.toContain('cannot')
})
