import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'

const load = (environment: Record<string, string>, flags = {}) => loadConfig({ environment, flags })

test.each([
  [{}, { endpoint: undefined }],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' },
    { endpoint: 'http://collector:4318', wholeUrl: false, protocol: 'http/json' },
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://b:2/in' },
    { endpoint: 'http://b:2/in', wholeUrl: true },
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    { endpoint: 'http://collector:4317', protocol: 'grpc' },
  ],
  [
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=abc%20d, tenant=x=y',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '2500',
      OTEL_METRIC_EXPORT_INTERVAL: '15000',
    },
    { headers: { 'api-key': 'abc d', tenant: 'x=y' }, timeout: 2500, interval: 15_000 },
  ],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1', OTEL_SDK_DISABLED: 'true' }, { endpoint: undefined }],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1', OTEL_METRICS_EXPORTER: 'none' }, { endpoint: undefined }],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, { endpoint: undefined }],
] as const)('%j is %j', (environment, otlp) => {
  expect({ endpoint: undefined, ...load(environment).config.otlp }).toMatchObject(otlp)
})

test('with an endpoint of its own, nothing of the variables applies, least of all their token', () => {
  const environment = {
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://a:1',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=secret',
  }
  const { otlp } = load(environment, { otlp: { endpoint: 'http://own:4318' } }).config
  expect(otlp).toMatchObject({ endpoint: 'http://own:4318', headers: {}, wholeUrl: false })
})

test('values of no use are ignored and named, as the specification asks', () => {
  const { config, unknownVariables } = load({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'unix:///run/otlp.sock',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'thrift',
    OTEL_METRIC_EXPORT_INTERVAL: 'soon',
    OTEL_EXPORTER_OTLP_HEADERS: 'novalue',
  })
  expect(config.otlp.endpoint).toBeUndefined()
  expect(unknownVariables).toHaveLength(4)
})
