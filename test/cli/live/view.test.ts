import { expect, test } from 'vitest'
import { histogramQuantile, scrapeOf, viewOf, windowsOf } from '../../../src/cli/live/view.ts'

const request = 'model="flight-delay",version="1",operation="predict",protocol="kserve-v1"'
const column = 'model="flight-delay",version="1"'

const before = scrapeOf(
  1000,
  `
modeltap_requests_total{${request},code="200",outcome="success"} 100
modeltap_requests_total{${request},code="500",outcome="server_error"} 0
modeltap_requests_total{model="",version="",operation="health",protocol="",code="200",outcome="success"} 5
modeltap_request_duration_seconds_bucket{${request},le="0.001"} 90
modeltap_request_duration_seconds_bucket{${request},le="0.01"} 100
modeltap_request_duration_seconds_bucket{${request},le="+Inf"} 100
modeltap_model_cpu_seconds_total{model="flight-delay"} 2
process_cpu_seconds_total 1
`,
)

const now = scrapeOf(
  11_000,
  `
modeltap_requests_total{${request},code="200",outcome="success"} 490
modeltap_requests_total{${request},code="500",outcome="server_error"} 10
modeltap_requests_total{model="",version="",operation="health",protocol="",code="200",outcome="success"} 900
modeltap_request_duration_seconds_bucket{${request},le="0.001"} 290
modeltap_request_duration_seconds_bucket{${request},le="0.01"} 490
modeltap_request_duration_seconds_bucket{${request},le="+Inf"} 500
modeltap_model_cpu_seconds_total{model="flight-delay"} 4.5
modeltap_model_memory_bytes{model="flight-delay"} 104857600
process_cpu_seconds_total 1.5
process_resident_memory_bytes 52428800
modeltap_prediction_class_ratio{${column},output="label",class="late",window="30s"} 0.1
modeltap_prediction_class_ratio{${column},output="label",class="on_time",window="30s"} 0.9
modeltap_prediction_class_ratio{${column},output="label",class="late",window="2m"} 0.5
modeltap_feature_drift_score{${column},feature="seats",statistic="psi",window="30s"} 0.05
modeltap_feature_drift_score{${column},feature="temperature_f",statistic="psi",window="30s"} 3
modeltap_feature_drift_score{${column},feature="temperature_f",statistic="ks",window="30s"} 0.9
modeltap_feature_drift_score{${column},feature="temperature_f",statistic="psi",window="2m"} 1
modeltap_feature_drift_threshold{${column},feature="seats",statistic="psi",window="30s"} 0.1
modeltap_feature_drift_threshold{${column},feature="temperature_f",statistic="psi",window="30s"} 0.12
modeltap_feature_window_observations{${column},feature="seats",window="30s"} 2400
modeltap_feature_window_observations{${column},feature="temperature_f",window="30s"} 2401
modeltap_prediction_drift_score{${column},output="label",statistic="psi",window="30s"} 0.2
modeltap_prediction_drift_threshold{${column},output="label",statistic="psi",window="30s"} 0.1
modeltap_prediction_window_observations{${column},output="label",window="30s"} 2400
modeltap_performance{${column},output="label",metric="accuracy",window="30s"} 0.7
modeltap_performance{${column},output="label",metric="mcc",window="30s"} 0.2
modeltap_performance{${column},output="label",metric="accuracy",window="2m"} 0.75
modeltap_performance_threshold{${column},output="label",metric="accuracy",window="30s"} 0.75
modeltap_performance_observations{${column},output="label",window="30s"} 2350
`,
)

test('rates are of predictions between the scrapes, gauges of the later one', () => {
  const view = viewOf(before, now, { statistic: 'psi', window: '30s' })
  expect(view).toEqual({
    // Of the shortest window, and of the metrics that are shown.
    performance: [
      {
        output: 'label',
        metric: 'accuracy',
        value: 0.7,
        window: '30s',
        threshold: 0.75,
        observations: 2_350,
      },
    ],
    requestsPerSecond: 40,
    p50Seconds: 0.001,
    p99Seconds: 0.01,
    errorsPerSecond: [{ outcome: 'server_error', rate: 1 }],
    errorRatio: 0.025,
    modelCpuCores: 0.25,
    modelMemoryBytes: 104_857_600,
    ownCpuCores: 0.05,
    ownMemoryBytes: 52_428_800,
    classes: [
      { label: 'on_time', ratio: 0.9 },
      { label: 'late', ratio: 0.1 },
    ],
    drift: [
      {
        model: 'flight-delay',
        version: '1',
        role: 'feature',
        name: 'temperature_f',
        score: 3,
        threshold: 0.12,
        observations: 2401,
      },
      {
        model: 'flight-delay',
        version: '1',
        role: 'prediction',
        name: 'label',
        score: 0.2,
        threshold: 0.1,
        observations: 2400,
      },
      {
        model: 'flight-delay',
        version: '1',
        role: 'feature',
        name: 'seats',
        score: 0.05,
        threshold: 0.1,
        observations: 2400,
      },
    ],
  })
})

test('a counter that fell was restarted: only what it counts since then is a rate', () => {
  const restarted = scrapeOf(21_000, 'modeltap_model_cpu_seconds_total{model="m"} 1')
  expect(viewOf(now, restarted, { statistic: 'psi', window: '30s' }).modelCpuCores).toBe(0.1)
})

test('nothing scraped is nothing shown, and no division by zero', () => {
  const empty = viewOf(scrapeOf(0, ''), scrapeOf(1000, ''), { statistic: 'psi', window: '30s' })
  expect(empty).toMatchObject({
    requestsPerSecond: 0,
    errorRatio: undefined,
    p99Seconds: undefined,
    drift: [],
  })
  expect(viewOf(now, now, { statistic: 'psi', window: '30s' })).toMatchObject({ modelCpuCores: undefined })
})

test.each([
  [
    0.5,
    [
      [1, 10],
      [2, 20],
      [Infinity, 20],
    ],
    1,
  ],
  [
    0.75,
    [
      [1, 10],
      [2, 20],
      [Infinity, 20],
    ],
    1.5,
  ],
  [
    0.99,
    [
      [1, 10],
      [2, 10],
      [Infinity, 20],
    ],
    2,
  ],
  [
    0.5,
    [
      [1, 0],
      [2, 8],
      [Infinity, 8],
    ],
    1.5,
  ],
  [
    0.5,
    [
      [1, 0],
      [Infinity, 0],
    ],
    undefined,
  ],
  [0.5, [], undefined],
] as const)('quantile %d of %j', (q, buckets, expected) => {
  expect(histogramQuantile(q, buckets)).toBe(expected)
})

test('figures of one model alone', () => {
  const of = (model: string) =>
    viewOf(before, now, { statistic: 'psi', window: '30s', of: { model, version: '1' } })
  expect(of('flight-delay')).toMatchObject({ requestsPerSecond: 40, p99Seconds: 0.01, errorRatio: 0.025 })
  expect(of('flight-delay').drift).toHaveLength(3)
  expect(of('another')).toMatchObject({ requestsPerSecond: 0, p99Seconds: undefined, drift: [], classes: [] })
})

test('windows with a score, shortest first', () => {
  expect(windowsOf(now)).toEqual(['30s', '2m'])
  expect(windowsOf(before)).toEqual([])
})
