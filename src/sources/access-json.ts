/** Reads JSON access logs of known proxies. */
import { isObject, type JsonObject, textOf } from '../formats/json-value.ts'
import type { AccessLine } from './access-log.ts'
import { parseTimestamp } from './timestamp.ts'

const numberOf = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined
}

const times = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : value * factor

interface Shape {
  /** Keys present in every line of that proxy. */
  readonly keys: readonly string[]
  readonly read: (line: JsonObject) => Omit<AccessLine, 'status'> & { readonly status: number | undefined }
}

const SHAPES: Readonly<Record<string, Shape>> = {
  caddy: {
    keys: ['request', 'status', 'duration'],
    read: (line) => {
      const request = isObject(line['request']) ? line['request'] : {}
      return {
        epochMs: parseTimestamp(line['ts']),
        method: textOf(request['method']),
        target: textOf(request['uri']),
        status: numberOf(line['status']),
        requestBytes: numberOf(line['bytes_read']),
        responseBytes: numberOf(line['size']),
        latencyMs: times(numberOf(line['duration']), 1e3),
      }
    },
  },
  traefik: {
    keys: ['RequestMethod', 'RequestPath', 'DownstreamStatus'],
    read: (line) => ({
      epochMs: parseTimestamp(line['StartUTC'] ?? line['time']),
      method: textOf(line['RequestMethod']),
      target: textOf(line['RequestPath']),
      status: numberOf(line['DownstreamStatus']),
      requestBytes: numberOf(line['RequestContentSize']),
      responseBytes: numberOf(line['DownstreamContentSize']),
      latencyMs: times(numberOf(line['Duration']), 1e-6),
    }),
  },
  envoy: {
    keys: ['method', 'path', 'response_code'],
    read: (line) => ({
      epochMs: parseTimestamp(line['start_time']),
      method: textOf(line['method']),
      target: textOf(line['path']),
      status: numberOf(line['response_code']),
      requestBytes: numberOf(line['bytes_received']),
      responseBytes: numberOf(line['bytes_sent']),
      latencyMs: numberOf(line['duration']),
    }),
  },
}

/** `undefined` when the line is not from a known proxy. */
export function accessLineOf(line: JsonObject): AccessLine | undefined {
  for (const { keys, read } of Object.values(SHAPES)) {
    if (!keys.every((key) => key in line)) continue
    const { status, ...rest } = read(line)
    if (status !== undefined && rest.method !== '') return { ...rest, status }
  }
  return undefined
}
