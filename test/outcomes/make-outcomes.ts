/** Outcomes on a memory store and a clock that stands still. */
import { ManualClock } from '../../src/lib/clock.ts'
import { IdHash } from '../../src/outcomes/id-hash.ts'
import { MemoryStore } from '../../src/outcomes/memory-store.ts'
import { type OutcomesOptions, outcomesOptions } from '../../src/outcomes/options.ts'
import { Outcomes, type OutcomesDependencies } from '../../src/outcomes/outcomes.ts'
import type { PredictionStore } from '../../src/outcomes/store.ts'

export interface MadeOutcomes {
  readonly outcomes: Outcomes
  readonly clock: ManualClock
  readonly store: PredictionStore
  readonly hash: IdHash
  readonly options: OutcomesOptions
}

export function makeOutcomes(
  given: Readonly<Record<string, unknown>> = {},
  dependencies: Partial<OutcomesDependencies> = {},
): MadeOutcomes {
  const options = outcomesOptions.parse(given)
  const clock = new ManualClock()
  const store =
    dependencies.store ??
    new MemoryStore({ horizonMs: options.horizon, maxPending: options.maxPending, settleMs: options.settle })
  const hash = new IdHash('a key of the tests', options.share)
  const outcomes = new Outcomes({
    options,
    kpis: {},
    storeKind: 'memory',
    store,
    hash,
    clock,
    falseAlarms: { count: 1, perMs: 30 * 86_400_000 },
    evaluationIntervalMs: 10_000,
    modelLabel: (model, version) => ({ model: model === '' ? 'default' : model, version }),
    ...dependencies,
  })
  return { outcomes, clock, store, hash, options }
}
