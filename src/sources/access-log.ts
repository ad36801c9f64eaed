/**
 * Lines of access logs, in the two notations that every web server knows:
 *
 *     common    127.0.0.1 - frank [10/Oct/2025:13:55:36 +0200] "POST /v1/models/credit:predict HTTP/1.1" 200 512
 *     combined  the same, followed by "referer" "user agent"
 *
 * A number with a point at the end of the line is taken for the time that the call took in seconds, which is how
 * nginx's `$request_time` is usually added.
 */
import { parseTimestamp } from './timestamp.ts'

export interface AccessLine {
  readonly epochMs: number | undefined
  readonly method: string
  /** With the query. */
  readonly target: string
  readonly status: number
  /** `undefined` for `-`. */
  readonly responseBytes: number | undefined
  readonly latencyMs: number | undefined
}

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`
const HEAD = String.raw`^\S+ \S+ \S.*? \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-)`
const TAIL = String.raw`(?: .*?(?<seconds>\d+\.\d+))?\s*$`
const COMMON = new RegExp(HEAD + TAIL)
const COMBINED = new RegExp(`${HEAD} ${QUOTED} ${QUOTED}${TAIL}`)
/** What clients that speak no HTTP send is logged as it came. */
const REQUEST = /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?$/

/** `undefined` when the line is of another format. */
export function parseAccessLine(text: string, format: 'common' | 'combined'): AccessLine | undefined {
  const match = (format === 'common' ? COMMON : COMBINED).exec(text)
  if (match === null) return undefined
  const [, time, request = '', status, bytes] = match
  const seconds = match.groups?.['seconds']
  const [, method = '', target = ''] = REQUEST.exec(request) ?? []
  return {
    epochMs: parseTimestamp(time),
    method,
    target,
    status: Number(status),
    responseBytes: bytes === '-' ? undefined : Number(bytes),
    latencyMs: seconds === undefined ? undefined : Number(seconds) * 1e3,
  }
}
