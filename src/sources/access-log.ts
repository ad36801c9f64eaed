/**
 * Access log lines in the formats of common web servers and proxies. The text after a known format is searched for the
 * duration of the call:
 *
 *     common    127.0.0.1 - frank [10/Oct/2025:13:55:36 +0200] "POST /v1/models/credit:predict HTTP/1.1" 200 512
 *     combined  the same, followed by "referer" "user agent"
 *     envoy     [2025-10-10T11:55:36.310Z] "POST /predict HTTP/1.1" 200 - 154 31 226 100 "10.0.35.28" …
 *     uvicorn   INFO:     10.0.0.7:41234 - "POST /predict HTTP/1.1" 200 OK
 */
import { parseTimestamp } from './timestamp.ts'

export interface AccessLine {
  readonly epochMs: number | undefined
  readonly method: string
  /** Including the query. */
  readonly target: string
  /** 0 when the client disconnected before there was a status. */
  readonly status: number
  readonly requestBytes?: number | undefined
  /** `undefined` for `-`. */
  readonly responseBytes: number | undefined
  readonly latencyMs: number | undefined
}

export const ACCESS_FORMATS = ['common', 'combined'] as const
export type AccessFormat = (typeof ACCESS_FORMATS)[number]

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`
const STATUS = String.raw`(\d{3}|0)`
const HEAD = String.raw`^\S+ \S+ \S.*? \[([^\]]+)\] "((?:[^"\\]|\\.)*)" ${STATUS} (\d+|-)`
const COMMON = new RegExp(`${HEAD}(?: (?<rest>.*))?$`)
const COMBINED = new RegExp(`${HEAD} ${QUOTED} ${QUOTED}(?: (?<rest>.*))?$`)
/** Istio adds details of the response before the quoted field. */
const ENVOY = new RegExp(
  String.raw`^\[([^\]]+)\] "((?:[^"\\]|\\.)*)" ${STATUS} \S+ (?:\S+ \S+ ${QUOTED} )?(\d+|-) (\d+|-) (\d+|-)(?: |$)`,
)
const UVICORN = new RegExp(String.raw`^INFO:\s+\S+ - "((?:[^"\\]|\\.)*)" ${STATUS}(?: |$)`)
/** Requests that are not HTTP are logged verbatim. */
const REQUEST = /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?$/

/** `undefined` for a line in another format. */
export function parseAccessLine(text: string, format: AccessFormat): AccessLine | undefined {
  const match = (format === 'common' ? COMMON : COMBINED).exec(text)
  if (match === null) return undefined
  const [, time, request = '', status, bytes] = match
  return {
    epochMs: parseTimestamp(time),
    ...requestOf(request),
    status: Number(status),
    responseBytes: countOf(bytes),
    latencyMs: latencyOf(match.groups?.['rest'] ?? ''),
  }
}

/** The same for a line in any of the formats. */
export function parseAnyAccessLine(text: string): AccessLine | undefined {
  return (
    parseAccessLine(text, 'combined') ??
    parseAccessLine(text, 'common') ??
    parseEnvoy(text) ??
    parseUvicorn(text)
  )
}

function parseEnvoy(text: string): AccessLine | undefined {
  const match = ENVOY.exec(text)
  if (match === null) return undefined
  const [, time, request = '', status, received, sent, duration] = match
  return {
    epochMs: parseTimestamp(time),
    ...requestOf(request),
    status: Number(status),
    requestBytes: countOf(received),
    responseBytes: countOf(sent),
    latencyMs: countOf(duration),
  }
}

function parseUvicorn(text: string): AccessLine | undefined {
  const match = UVICORN.exec(text)
  if (match === null) return undefined
  const [, request = '', status] = match
  return {
    epochMs: undefined,
    ...requestOf(request),
    status: Number(status),
    responseBytes: undefined,
    latencyMs: undefined,
  }
}

function requestOf(request: string): { readonly method: string; readonly target: string } {
  const [, method = '', target = ''] = REQUEST.exec(request) ?? []
  return { method, target }
}

function countOf(text: string | undefined): number | undefined {
  return text === undefined || text === '-' ? undefined : Number(text)
}

/** Common names for nginx' `$request_time` and similar fields. */
const NAMED_SECONDS =
  /(?:^|\s)(?:rt|request_time|req_time|reqtime|duration|latency|time|took)[=:]"?(\d+(?:\.\d+)?)(ms|s)?"?(?=\s|$|,)/i
const MILLISECONDS = /(?:^|\s)(\d+(?:\.\d+)?)ms(?=\s|$)/
/** Quoted texts come from clients: a user agent contains decimal numbers too. */
const ANY_QUOTED = new RegExp(QUOTED, 'g')
const BARE_SECONDS = /(?:^|\s)(\d+\.\d+)(?=\s|$)/

/** The duration of the call, from the text after a known format: by its name, its unit, or as a decimal number. */
function latencyOf(rest: string): number | undefined {
  if (rest === '') return undefined
  const [, named, unit] = NAMED_SECONDS.exec(rest) ?? []
  if (named !== undefined) return Number(named) * (unit?.toLowerCase() === 'ms' ? 1 : 1e3)
  const bare = rest.replace(ANY_QUOTED, '""')
  const milliseconds = MILLISECONDS.exec(bare)?.[1]
  if (milliseconds !== undefined) return Number(milliseconds)
  const seconds = BARE_SECONDS.exec(bare)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1e3
}
