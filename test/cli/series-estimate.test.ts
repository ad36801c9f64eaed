import { expect, test } from 'vitest'
import { binsOf } from '../../src/baseline/bins.ts'
import { fullColumn, fullModel, fullSources } from '../../src/cli/full-sources.ts'
import {
  categoricalColumn,
  describeSeries,
  discreteColumn,
  estimateSeries,
  numericColumn,
  seriesCost,
} from '../../src/cli/series-estimate.ts'
import { configSchema } from '../../src/config/schema.ts'
import { observedMetrics } from '../../src/instruments/catalogue.ts'
import { outcomeCounters } from '../../src/instruments/outcomes-counters.ts'
import { fixedExposition, fixedSources } from '../exposition/fixture.ts'

/** Three windows, four statistics. */
const config = configSchema.parse({})

test('no metric of the catalogue is forgotten', () => {
  const everything = configSchema.parse({
    bounds: { x: [0, 1] },
    state: { directory: '/state' },
    neighbour: { metrics: 'http://127.0.0.1:8002/metrics' },
    otlp: { endpoint: 'http://127.0.0.1:4318' },
    model: { owner: 'fraud' },
    objectives: { availability: 0.999, latency: '200ms' },
    capture: { ports: [8080] },
    tail: { files: ['/log'] },
    cloudevents: { listen: '127.0.0.1:9081' },
    admin: { token: 'a-token-of-the-test' },
    kpis: { revenue: { unit: 'EUR' } },
    cost: { perRequest: 1 },
    costs: { no: { yes: 100 } },
  })
  const columns = [numericColumn('feature'), numericColumn('prediction'), discreteColumn('prediction')]
  const model = fullModel(
    everything,
    columns.map((column) => fullColumn(column, everything)),
  )
  const sources = fullSources(everything, [model], 1)
  const silent = observedMetrics.filter(({ collect }) => {
    let count = 0
    collect(sources, (value) => void (count += value === undefined ? 0 : 1))
    return count === 0
  })
  // A model either learns or has learned, and an output is a class or a number; a class has more series.
  const ofNumbers = Object.entries(outcomeCounters)
    .filter(([word]) => word.startsWith('outcome'))
    .map(([, { name }]) => name)
  expect(silent.map(({ name }) => name)).toEqual(['modeltap_baseline_learning_ratio', ...ofNumbers])
})

test('a numeric feature: scores and thresholds, p-values, observations, excess, quantiles, bins four times, kinds of values, outliers, constancy', () => {
  const bins = binsOf(numericColumn('feature')).labels.length
  const scores = 3 * 5 * 2 // the deviation, beside the four
  const pValues = 3 * 1 // ks has one
  const [observations, excess, undecided] = [3, 3, 3]
  const quantiles = 3 * 5
  const kinds = 5
  const [outliers, constant] = [1, 3]
  expect(seriesCost(config).column(numericColumn('feature'))).toBe(
    scores + pValues + observations + excess + undecided + quantiles + 4 * bins + kinds + outliers + constant,
  )
})

test('a categorical feature has no quantiles and only the statistics of categories', () => {
  const bins = binsOf(categoricalColumn('feature', 7)).labels.length
  expect(seriesCost(config).column(categoricalColumn('feature', 7))).toBe(
    3 * 3 * 2 + 3 + 3 + 3 + 4 * bins + 5 + 3,
  )
})

test('a categorical output has its class shares too', () => {
  const { column } = seriesCost(config)
  const bins = binsOf(categoricalColumn('prediction', 7)).labels.length
  expect(column(categoricalColumn('prediction', 7))).toBeGreaterThanOrEqual(
    column(categoricalColumn('feature', 7)) - 5 + 3 * bins,
  )
})

test('a column of few different numbers has a bin for each, quantiles and every statistic but the continuous', () => {
  const { column } = seriesCost(config)
  expect(column(discreteColumn('feature', 7))).toBe(30 + 3 + 3 + 3 + 3 + 15 + 4 * 9 + 5 + 3)
})

test('the process alone: no less than an exposition answers', async () => {
  const { exposition } = fixedExposition({
    sources: () => ({
      ...fixedSources,
      snapshot: { takenEpochMs: 0, models: [] },
      outcomes: undefined,
      costs: undefined,
    }),
  })
  await exposition.render('text')
  const { lastSeries } = exposition.stats()
  const { process, gpu } = seriesCost(config)
  expect(process + fixedSources.resources.gpus.length * gpu).toBeGreaterThanOrEqual(lastSeries)
})

test('grows with every limit, and the text says where the cap bites', () => {
  const { example, perNumericFeature, atTheLimits, cap } = estimateSeries(config)
  const halved = configSchema.parse({ limits: { features: 100 }, windows: ['5m'] })
  expect(estimateSeries(halved).atTheLimits).toBeLessThan(atTheLimits / 2)
  expect(estimateSeries(halved).perNumericFeature).toBeLessThan(perNumericFeature)
  expect(example).toBeLessThan(cap)
  expect(describeSeries(config)).toContain('lets 50\u202f000 through')
  const small = configSchema.parse({ limits: { models: 1, features: 5, categories: 5 } })
  expect(describeSeries(small)).toContain('All of them pass')
})

test('more latency bounds cost a series per histogram', () => {
  const more = configSchema.parse({ metrics: { latencyBounds: ['200ms'] } })
  // Durations of predictions by six outcomes, of two kinds of questions by three, and three times the first byte.
  expect(seriesCost(more).model - seriesCost(config).model).toBe(6 + 2 * 3 + 3)
})

test('what comes on top is said where it is configured', () => {
  const withNeighbour = configSchema.parse({ neighbour: { metrics: 'http://127.0.0.1:8002/metrics' } })
  expect(describeSeries(withNeighbour)).toContain('(neighbour.metrics) come on top')
  expect(describeSeries(config)).not.toContain('on top')
  expect(describeSeries(configSchema.parse({ resources: { gpu: 'off' } }))).not.toContain('GPU')
})
