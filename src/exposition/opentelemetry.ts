/**
 * The used parts of OpenTelemetry's SDK as CommonJS: its modules import `http` as an ES module, with the cost described
 * in lib/node-http.ts, and one copy of the SDK is enough. Types come from the packages.
 */
import { createRequire } from 'node:module'
import type * as Api from '@opentelemetry/api'
import type * as Core from '@opentelemetry/core'
import type * as Exporter from '@opentelemetry/exporter-prometheus'
import type * as Resources from '@opentelemetry/resources'
import type * as Metrics from '@opentelemetry/sdk-metrics'

const load = createRequire(import.meta.url)

export const { ValueType } = load('@opentelemetry/api') as typeof Api
export const { ExportResultCode } = load('@opentelemetry/core') as typeof Core
export const { PrometheusExporter } = load('@opentelemetry/exporter-prometheus') as typeof Exporter
export const {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} = load('@opentelemetry/resources') as typeof Resources
export const { AggregationTemporality, DataPointType, MeterProvider } = load(
  '@opentelemetry/sdk-metrics',
) as typeof Metrics
