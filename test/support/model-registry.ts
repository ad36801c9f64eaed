import { ModelRegistry } from '../../src/analysis/model-registry.ts'
import { baselineOptions } from '../../src/baseline/options.ts'
import { driftOptions } from '../../src/drift/options.ts'
import type { Clock } from '../../src/lib/clock.ts'

/** Three models at most, of 20 features, one window of five minutes, and a baseline that is learned from so many rows. */
export function newRegistry(clock: Clock, learnedRows: number): ModelRegistry {
  return new ModelRegistry({
    options: {
      baseline: baselineOptions.parse({ learn: { rows: learnedRows, minDuration: '1ms' } }),
      windows: [300_000],
      drift: driftOptions.parse({}),
      limits: { models: 3, features: 20, categories: 10 },
      evaluation: { interval: 10_000 },
    },
    clock,
    onEvent: () => undefined,
  })
}
