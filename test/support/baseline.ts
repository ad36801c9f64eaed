/** Baselines for tests of what is compared with one. */
import type { Baseline } from '../../src/baseline/baseline.ts'
import { BaselineBuilder, type BaselineLimits } from '../../src/baseline/builder.ts'
import { batchOf, type Row } from './rows.ts'

export interface Rows {
  readonly features?: readonly Row[]
  readonly predictions?: readonly Row[]
}

/** In batches of 50 rows, as traffic comes. */
export function baselineOf(
  { features = [], predictions = [] }: Rows,
  limits: Partial<BaselineLimits> = {},
  createdEpochMs = 1_700_000_000_000,
): Baseline {
  const builder = new BaselineBuilder({ features: 100, categories: 50, ...limits })
  const rows = Math.max(features.length, predictions.length)
  for (let start = 0; start < rows; start += 50) {
    const end = start + 50
    builder.add(batchOf(features.slice(start, end), predictions.slice(start, end)))
  }
  return builder.build({ model: '', version: '', source: 'test', createdEpochMs })
}
