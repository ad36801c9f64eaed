import { expect, test } from 'vitest'
import { binsOf } from '../../src/baseline/bins.ts'
import {
  categoricalColumn,
  describeSeries,
  estimateSeries,
  numericColumn,
  seriesCost,
  type SeriesSettings,
} from '../../src/cli/series-estimate.ts'
import { configSchema } from '../../src/config/schema.ts'
import { fixedExposition, fixedSources } from '../exposition/fixture.ts'

const settings: SeriesSettings = {
  windows: 3,
  statistics: ['psi', 'jensen_shannon', 'ks', 'wasserstein'],
  latencyBoundsSeconds: [],
}

test('a numeric feature: scores and thresholds, p-values, observations, quantiles, bins twice, kinds of values', () => {
  const bins = binsOf(numericColumn('feature')).labels.length
  const scores = 3 * 4 * 2
  const pValues = 3 * 1 // ks has one
  const observations = 3
  const quantiles = 3 * 5
  const kinds = 5
  expect(seriesCost(settings).column(numericColumn('feature'))).toBe(
    scores + pValues + observations + quantiles + 2 * bins + kinds,
  )
})

test('a categorical feature has no quantiles and only the statistics of categories', () => {
  const bins = binsOf(categoricalColumn('feature', 7)).labels.length
  expect(seriesCost(settings).column(categoricalColumn('feature', 7))).toBe(3 * 2 * 2 + 3 + 2 * bins + 5)
})

test('a categorical output has its class shares too', () => {
  const { column } = seriesCost(settings)
  const bins = binsOf(categoricalColumn('prediction', 7)).labels.length
  expect(column(categoricalColumn('prediction', 7))).toBeGreaterThanOrEqual(
    column(categoricalColumn('feature', 7)) - 5 + 3 * bins,
  )
})

test('the process alone: no less than an exposition answers, and not much more', async () => {
  const { exposition } = fixedExposition({
    sources: () => ({ ...fixedSources, snapshot: { takenEpochMs: 0, models: [] } }),
  })
  await exposition.render('text')
  const { lastSeries } = exposition.stats()
  const gpus = fixedSources.resources.gpus.length * 12
  expect(seriesCost(settings).process).toBeGreaterThanOrEqual(lastSeries - gpus - 41)
  expect(seriesCost(settings).process).toBeLessThan(lastSeries + 80)
})

test('grows with every limit, and the text says where the cap bites', () => {
  const config = configSchema.parse({})
  const { example, perNumericFeature, atTheLimits, cap } = estimateSeries(config)
  const halved = configSchema.parse({ limits: { features: 100 }, windows: ['5m'] })
  expect(estimateSeries(halved).atTheLimits).toBeLessThan(atTheLimits / 2)
  expect(estimateSeries(halved).perNumericFeature).toBeLessThan(perNumericFeature)
  expect(example).toBeLessThan(cap)
  expect(describeSeries(config)).toContain('lets 50,000 through')
  const small = configSchema.parse({ limits: { models: 1, features: 5, categories: 5 } })
  expect(describeSeries(small)).toContain('All of them pass')
})

test('more latency bounds cost a series per histogram', () => {
  const more = seriesCost({ ...settings, latencyBoundsSeconds: [0.2] })
  expect(more.model - seriesCost(settings).model).toBe(4) // duration by three outcomes, and the first byte
})
