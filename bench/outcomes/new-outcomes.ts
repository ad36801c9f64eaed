/** Outcomes as `run` composes them, over a store of the benchmark. */
import { loadConfig } from '../../src/config/load.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { IdHash } from '../../src/outcomes/id-hash.ts'
import { Outcomes } from '../../src/outcomes/outcomes.ts'
import type { PredictionStore } from '../../src/outcomes/store.ts'

const { config } = loadConfig({ environment: {}, flags: { upstream: '127.0.0.1:1' } })

export function newOutcomes(store: PredictionStore): Outcomes {
  return new Outcomes({
    options: config.outcomes,
    kpis: {},
    storeKind: 'memory',
    store,
    hash: new IdHash('a key of the benchmark', 1),
    clock: systemClock,
    falseAlarms: config.drift.falseAlarms,
    evaluationIntervalMs: config.evaluation.interval,
    modelLabel: (model, version) => ({ model, version }),
  })
}
