/** OpenTelemetry's exporter for the three forms of OTLP. Loaded at the first push, because it takes 6 MB of heap. */
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics'
import { GrpcTransport } from './grpc-transport.ts'
import type { OtlpOptions } from './options.ts'

export interface OtlpTarget {
  readonly protocol: OtlpOptions['protocol']
  /** As configured. */
  readonly endpoint: string
  /** URL for metrics over HTTP. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMillis: number
}

export async function openOtlpExporter(target: OtlpTarget): Promise<PushMetricExporter> {
  const { protocol, endpoint, url, timeoutMillis } = target
  const headers = { ...target.headers }
  const { OTLPMetricExporter, OTLPMetricExporterBase } =
    await import('@opentelemetry/exporter-metrics-otlp-http')
  if (protocol === 'http/json') return new OTLPMetricExporter({ url, headers, timeoutMillis })
  const { ProtobufMetricsSerializer, MetricsExporterMetricsHelper } =
    await import('@opentelemetry/otlp-transformer')
  const { convertLegacyHttpOptions, createOtlpHttpExportDelegate, createOtlpHttpExporterMetrics } =
    await import('@opentelemetry/otlp-exporter-base/node-http')
  if (protocol === 'http/protobuf') {
    const options = convertLegacyHttpOptions({ url, headers, timeoutMillis }, 'METRICS', 'v1/metrics', {
      'Content-Type': 'application/x-protobuf',
    })
    return new OTLPMetricExporterBase(
      createOtlpHttpExportDelegate(
        options,
        ProtobufMetricsSerializer,
        'otlp_http_metric_exporter',
        MetricsExporterMetricsHelper,
        undefined,
      ),
    )
  }
  const { createOtlpNetworkExportDelegate } = await import('@opentelemetry/otlp-exporter-base')
  const component = 'otlp_grpc_metric_exporter'
  return new OTLPMetricExporterBase(
    createOtlpNetworkExportDelegate(
      { timeoutMillis, concurrencyLimit: 2, compression: 'none' },
      ProtobufMetricsSerializer,
      createOtlpHttpExporterMetrics(component, MetricsExporterMetricsHelper, endpoint, undefined),
      new GrpcTransport({ endpoint, headers }),
    ),
  )
}
