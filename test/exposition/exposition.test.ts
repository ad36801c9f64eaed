import { execFileSync } from 'node:child_process'
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { afterEach, expect, test } from 'vitest'
import type { Exposition } from '../../src/exposition/exposition.ts'
import { exposedMetrics } from '../../src/instruments/catalogue.ts'
import { exchange, learningModel, model, snapshot } from '../instruments/fixture.ts'
import { fixedExposition, fixedSources, recordTraffic, TRACE_ID } from './fixture.ts'
import { parseExposition } from './parse-exposition.ts'

let running: Exposition[] = []

afterEach(async () => {
  for (const exposition of running) await exposition.shutdown()
  running = []
})

function start(...options: Parameters<typeof fixedExposition>): ReturnType<typeof fixedExposition> {
  const fixture = fixedExposition(...options)
  running.push(fixture.exposition)
  return fixture
}

function withTraffic() {
  const fixture = start()
  recordTraffic(fixture.exposition)
  return fixture
}

test('promtool finds nothing to complain about', async () => {
  const { exposition } = withTraffic()
  const input = await exposition.render('text')
  // Fails when promtool is not installed (Debian: apt-get install prometheus), and on any finding (exit code 3).
  expect(execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8', stdio: 'pipe' })).toBe('')
})

test('every family of the fixed state is in the catalogue, and is there once', async () => {
  const { exposition } = withTraffic()
  const { families } = parseExposition(await exposition.render('text'))
  const names = families.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  const known = new Set(exposedMetrics.map(({ name }) => name))
  expect(names.filter((name) => !known.has(name))).toEqual([])
})

test('the fixed state shows every metric of the catalogue', async () => {
  const { exposition } = start({ otlp: { endpoint: 'http://127.0.0.1:9', interval: '1h', timeout: '100ms' } })
  recordTraffic(exposition)
  const { families } = parseExposition(await exposition.render('text'))
  const shown = new Set(families.map(({ name }) => name))
  const missing = exposedMetrics.map(({ name }) => name).filter((name) => !shown.has(name))
  // Garbage collections happen when they happen.
  expect(missing.filter((name) => name !== 'nodejs_gc_duration_seconds')).toEqual([])
})

test('type, help and labels are those of the catalogue', async () => {
  const { exposition } = withTraffic()
  const { families } = parseExposition(await exposition.render('text'))
  for (const { name, type, samples } of families) {
    const descriptor = exposedMetrics.find((metric) => metric.name === name)
    expect(type).toBe(descriptor?.type)
    for (const { labels } of samples) {
      const names = Object.keys(labels).filter((label) => label !== 'le')
      expect(names.filter((label) => descriptor?.labels.includes(label) !== true)).toEqual([])
    }
  }
})

test("the samples are those of the SDK's own serializer", async () => {
  const { exposition } = withTraffic()
  const oracle = new PrometheusSerializer('', false, undefined, true, true)
  const expected = parseExposition(oracle.serialize(await exposition.collect()))
  const ours = parseExposition(await exposition.render('text'))
  const flat = ({ families }: typeof ours) =>
    families
      .filter(({ name }) => name.startsWith('modeltap_') && !name.startsWith('modeltap_exposition_'))
      .map(({ name, type, help, samples }) => ({ name, type, help, samples: samples.map(String).sort() }))
      .sort((a, b) => a.name.localeCompare(b.name))
  expect(flat(ours)).toEqual(flat(expected))
})

test('label values are escaped and come back as they were', async () => {
  const { exposition } = start()
  const { families } = parseExposition(await exposition.render('text'))
  const bins = families.find(({ name }) => name === 'modeltap_feature_bin_observations_total')?.samples ?? []
  const city = bins.filter(({ labels }) => labels['feature']?.startsWith('city') === true)
  expect(city.map(({ labels, value }) => [labels['bin'], value])).toEqual([
    ['Aix-en-Provence', 590],
    ['back\\slash', 200],
    ['say "hi"', 100],
    ['two\nlines', 100],
    ['unseen', 10],
  ])
  expect(city[0]?.labels['feature']).toBe('city "home"\\path\nline two')
})

test('names that are too long or no text are short and valid, and the same on both ways to a series', async () => {
  const names = ['long'.repeat(100_000), 'half a pair \ud800', 'half a pair \ud801', '\u202eevil\r\t\u0000']
  const models = names.map((name) => ({ ...learningModel, model: name }))
  const { exposition } = start({ sources: () => ({ ...fixedSources, snapshot: { ...snapshot, models } }) })
  const call = { protocol: 'kserve-v1', operation: 'predict', version: '' } as const
  for (const name of names)
    exposition.recorder.recordExchange({ ...call, model: name, exchange: exchange({ seconds: 0.1 }) })
  const text = await exposition.render('text')
  expect(text.length).toBeLessThan(1_000_000)
  execFileSync('promtool', ['check', 'metrics'], { input: text, stdio: 'pipe' })
  const modelsOf = (family: string): string[] => [
    ...new Set(
      parseExposition(text)
        .families.find(({ name }) => name === family)
        ?.samples.map(({ labels }) => labels['model'] ?? ''),
    ),
  ]
  const observed = modelsOf('modeltap_predictions_total')
  expect(observed).toHaveLength(names.length)
  expect(modelsOf('modeltap_requests_total')).toEqual(observed)
})

test('a series that is no longer true disappears', async () => {
  let current = snapshot
  const { exposition } = start({ sources: () => ({ ...fixedSources, snapshot: current }) })
  expect(await exposition.render('text')).toContain('modeltap_feature_drift_score{')
  current = { ...snapshot, models: [{ ...model, columns: [] }, learningModel] }
  const text = await exposition.render('text')
  expect(text).not.toContain('modeltap_feature_drift_score')
  expect(text).not.toContain('modeltap_feature_bin_observations_total')
  expect(text).toContain('modeltap_predictions_total{model="credit-risk",version="3"} 1000')
})

test('counters of requests start at 0 for the usual codes, and grow', async () => {
  const { exposition } = withTraffic()
  const text = await exposition.render('text')
  const line = (code: string, outcome: string): string =>
    `modeltap_requests_total{model="credit-risk",version="3",operation="predict",protocol="open-inference",code="${code}",outcome="${outcome}"}`
  expect(text).toContain(`${line('200', 'success')} 2\n`)
  expect(text).toContain(`${line('500', 'server_error')} 1\n`)
  expect(text).toContain(`${line('503', 'server_error')} 0\n`)
  expect(text).toContain(`${line('503', 'upstream_unreachable')} 0\n`)
  expect(text).toContain(`${line('none', 'aborted')} 1\n`)
})

test('buckets are cumulative, end in +Inf and agree with the count', async () => {
  const { exposition } = withTraffic()
  const text = await exposition.render('text')
  const labels = 'model="credit-risk",version="3",operation="predict",outcome="success"'
  expect(text).toContain(`modeltap_request_duration_seconds_bucket{${labels},le="0.025"} 0\n`)
  expect(text).toContain(`modeltap_request_duration_seconds_bucket{${labels},le="0.05"} 1\n`)
  expect(text).toContain(`modeltap_request_duration_seconds_bucket{${labels},le="1.0"} 2\n`)
  expect(text).toContain(`modeltap_request_duration_seconds_bucket{${labels},le="+Inf"} 2\n`)
  expect(text).toContain(`modeltap_request_duration_seconds_count{${labels}} 2\n`)
  // The aborted request got no answer, so three of four have a first byte.
  expect(text).toContain(
    'modeltap_time_to_first_byte_seconds_count{model="credit-risk",version="3",operation="predict"} 3\n',
  )
})

test('configured latency objectives are bucket bounds', async () => {
  const { exposition } = start({ metrics: { latencyBounds: ['200ms', '50ms'] } })
  const call = { protocol: 'kserve-v1', operation: 'predict', model: 'm', version: '' } as const
  exposition.recorder.recordExchange({ ...call, exchange: exchange({ seconds: 0.15 }) })
  const text = await exposition.render('text')
  expect(text).toContain('outcome="success",le="0.2"} 1\n')
  expect(text.match(/outcome="success",le="0.05"/g)).toHaveLength(1)
})

test('exemplars lead to sampled traces, in OpenMetrics only', async () => {
  const { exposition } = withTraffic()
  const exemplar = `le="0.05"} 1 # {trace_id="${TRACE_ID}"} 0.03 1700000000\n`
  expect(await exposition.render('openmetrics')).toContain(exemplar)
  expect(await exposition.render('text')).not.toContain('trace_id')
})

test('above the limit on series the last metrics are left out, and counted', async () => {
  const bins = Array.from({ length: 2000 }, (_, index) => ({
    label: `v_${index}`,
    baselineRatio: 1 / 2000,
    total: index,
  }))
  const [age] = model.columns
  if (age === undefined) throw new Error('the fixture has no column')
  const wide = { ...snapshot, models: [{ ...model, columns: [{ ...age, bins }] }] }
  const { exposition } = start({
    metrics: { maxSeries: 1000 },
    sources: () => ({ ...fixedSources, snapshot: wide }),
  })
  const text = await exposition.render('text')
  expect(text).toContain('modeltap_feature_drift_score{')
  const kept = text.match(/^modeltap_feature_bin_observations_total\{/gm)?.length ?? 0
  expect(kept).toBeGreaterThan(500)
  expect(kept).toBeLessThan(1000)
  expect(text).not.toContain('modeltap_baseline_feature_bin_ratio')
  expect(exposition.stats().droppedSeries.series_limit).toBe(2000 - kept + 2000)
  expect(await exposition.render('text')).toContain(
    `modeltap_series_dropped_total{reason="series_limit"} ${4000 - kept}\n`,
  )
})

test('a label set that is emitted twice is exported once, and counted', async () => {
  const twice = { ...snapshot, models: [model, model] }
  const { exposition } = start({ sources: () => ({ ...fixedSources, snapshot: twice }) })
  const text = await exposition.render('text')
  expect(text.match(/^modeltap_predictions_total\{/gm)).toHaveLength(1)
  expect(exposition.stats().droppedSeries.duplicate).toBeGreaterThan(0)
})

test('a source that throws fails the collection instead of leaving a hole', async () => {
  const { exposition } = start({
    sources: () => ({ ...fixedSources, snapshot: null as never }),
  })
  await expect(exposition.render('text')).rejects.toThrow('could not be collected')
})
