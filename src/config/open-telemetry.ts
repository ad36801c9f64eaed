/**
 * OpenTelemetry's environment variables for metrics, as a raw configuration with less priority than the file:
 * cluster-wide settings give way to modeltap's own. Resource variables are read where the resource is created.
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
import type { Environment, RawConfig } from './environment.ts'

const PROTOCOLS: ReadonlySet<string> = new Set(['grpc', 'http/protobuf', 'http/json'])

export interface OpenTelemetryVariables {
  readonly values: RawConfig
  /** Variables with unusable values; the specification requires to ignore them with a warning. */
  readonly ignored: readonly string[]
}

export function readOpenTelemetry(environment: Environment): OpenTelemetryVariables {
  const ignored: string[] = []
  const otlp: RawConfig = {}
  if (isOff(environment)) return { values: {}, ignored }
  /** The first variable that is set; an empty one counts as unset. */
  const first = (...names: string[]): { readonly name: string; readonly text: string } | undefined => {
    for (const name of names) {
      const text = environment[name]?.trim()
      if (text !== undefined && text !== '') return { name, text }
    }
    return undefined
  }
  const milliseconds = (key: string, ...names: string[]): void => {
    const found = first(...names)
    if (found === undefined) return
    if (/^[1-9]\d*$/.test(found.text)) otlp[key] = `${found.text}ms`
    else ignored.push(found.name)
  }
  const endpoint = first('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT')
  if (endpoint !== undefined) {
    // Common form for gRPC: `collector:4317`.
    const url = endpoint.text.includes('://') ? endpoint.text : `http://${endpoint.text}`
    if (isHttp(url)) {
      otlp['endpoint'] = url
      // The variable of a single signal contains the whole URL.
      if (endpoint.name === 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT') otlp['wholeUrl'] = true
    } else ignored.push(endpoint.name)
  }
  const protocol = first('OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL')
  if (protocol !== undefined) {
    if (PROTOCOLS.has(protocol.text)) otlp['protocol'] = protocol.text
    else ignored.push(protocol.name)
  }
  const headers = first('OTEL_EXPORTER_OTLP_METRICS_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS')
  if (headers !== undefined) {
    const pairs = headersOf(headers.text)
    if (pairs === undefined) ignored.push(headers.name)
    else otlp['headers'] = pairs
  }
  milliseconds('timeout', 'OTEL_EXPORTER_OTLP_METRICS_TIMEOUT', 'OTEL_EXPORTER_OTLP_TIMEOUT')
  milliseconds('interval', 'OTEL_METRIC_EXPORT_INTERVAL')
  return { values: Object.keys(otlp).length === 0 ? {} : { otlp }, ignored }
}

function isOff(environment: Environment): boolean {
  const exporter = environment['OTEL_METRICS_EXPORTER']?.trim()
  return (
    environment['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true' ||
    (exporter !== undefined && exporter !== '' && !exporter.split(',').includes('otlp'))
  )
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

/** `api-key=abc,tenant=a%20b`, as W3C baggage without properties. */
function headersOf(text: string): Record<string, string> | undefined {
  try {
    const pairs = text
      .split(',')
      .filter((part) => part.trim() !== '')
      .map((part) => {
        const equals = part.indexOf('=')
        if (equals <= 0) throw new Error('no name')
        return [part.slice(0, equals).trim(), decodeURIComponent(part.slice(equals + 1).trim())] as const
      })
    return Object.fromEntries(pairs)
  } catch {
    return undefined
  }
}
