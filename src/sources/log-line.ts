/**
 * Detects the format of each line from applications and web servers (`tail.format: auto`):
 *
 *     {"age": 41, "prediction": 0.7}                              JSON, also of access logs of known proxies
 *     2026-01-02 03:04:05,678 INFO app: {"age": 41, …}            JSON behind what a logger puts before it
 *     10.0.0.7 - - [02/Jan/2026:03:04:05 +0000] "POST /predict HTTP/1.1" 200 31   an access log
 *     ts=2026-01-02T03:04:05Z age=41 prediction=0.7               logfmt
 */
import { parseJsonText } from '../formats/json.ts'
import { isObject, type JsonObject } from '../formats/json-value.ts'
import { accessLineOf } from './access-json.ts'
import { type AccessLine, parseAnyAccessLine } from './access-log.ts'
import { parseLogfmt } from './logfmt.ts'
import { parseTimestamp } from './timestamp.ts'

export type LogLine =
  | { readonly access: AccessLine }
  | {
      readonly value: unknown
      /** From the text before the JSON. */
      readonly epochMs?: number | undefined
    }

/** The time at the start of a line; Python's logging writes a comma before the milliseconds. */
const LEADING_TIME = /^\[?(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?)/
/** Maximum characters before the JSON. */
const LONGEST_PREFIX = 1_000

/** `undefined` for any other line. */
export function readLogLine(text: string): LogLine | undefined {
  const line = text.trim()
  const json = jsonOf(line)
  if (json !== undefined) {
    const access = isObject(json.value) ? accessLineOf(json.value) : undefined
    if (access !== undefined) return { access }
    return { ...json, value: isObject(json.value) ? withoutLogger(json.value) : json.value }
  }
  const access = parseAnyAccessLine(line)
  if (access !== undefined) return { access }
  const pairs = parseLogfmt(line)
  return pairs === undefined ? undefined : { value: withoutLogger(pairs) }
}

function jsonOf(
  line: string,
): { readonly value: unknown; readonly epochMs?: number | undefined } | undefined {
  const start = line.indexOf('{')
  if (start === -1 || start > LONGEST_PREFIX || !line.endsWith('}')) return undefined
  const parsed = parseJsonText(start === 0 ? line : line.slice(start))
  if ('failure' in parsed || !isObject(parsed.value)) return undefined
  if (start === 0) return { value: parsed.value }
  return { value: parsed.value, epochMs: parseTimestamp(LEADING_TIME.exec(line)?.[1]?.replace(',', '.')) }
}

/** Names of the time in loggers. */
const TIME_KEYS = ['ts', 'time', 't', '@timestamp'] as const
/** Keys that loggers add to each line, which are never model inputs. */
const LOGGER_KEYS: ReadonlySet<string> = new Set([
  'level',
  'lvl',
  'severity',
  'msg',
  'message',
  'logger',
  'caller',
])

/** The row without the logger's keys; the time of the line is its timestamp. */
function withoutLogger(pairs: JsonObject): JsonObject {
  const time = TIME_KEYS.map((key) => pairs[key]).find((value) => parseTimestamp(value) !== undefined)
  const kept = Object.entries(pairs).filter(
    ([key, value]) => !LOGGER_KEYS.has(key) && !(TIME_KEYS.includes(key as 'ts') && value === time),
  )
  const row = Object.fromEntries(kept)
  return time === undefined || 'timestamp' in row ? row : { timestamp: time, ...row }
}
