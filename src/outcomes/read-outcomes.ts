/**
 * Reads the body of `POST /api/v1/outcomes`, or a file, line by line. The first characters determine the format: a JSON
 * array, one JSON object, JSON lines, or CSV with a header. A broken line does not affect others.
 */
import { parseCsv } from '../formats/csv.ts'
import { parseJsonText } from '../formats/json.ts'
import { isObject } from '../formats/json-value.ts'
import { type ParsedOutcome, parseOutcome } from './parse-outcome.ts'

export interface OutcomeLine {
  /** From 1; for an array, the position of the element. */
  readonly line: number
  readonly parsed: ParsedOutcome
}

/** Maximum lines of one body. */
const MOST_LINES = 5_000_000

export function* readOutcomes(text: string): Generator<OutcomeLine> {
  const body = text.codePointAt(0) === 0xfeff ? text.slice(1) : text
  const first = body.trimStart()[0]
  if (first === undefined) return
  if (first === '[') yield* fromArray(body)
  else if (first === '{') yield* fromObjects(body)
  else yield* fromCsv(body)
}

function* fromArray(body: string): Generator<OutcomeLine> {
  const parsed = parseJsonText(body)
  if ('failure' in parsed || !Array.isArray(parsed.value)) {
    yield { line: 1, parsed: { problem: 'it starts with [ but is not a JSON array' } }
    return
  }
  yield* fromValues(parsed.value)
}

function* fromValues(values: readonly unknown[]): Generator<OutcomeLine> {
  for (const [index, value] of values.entries()) yield { line: index + 1, parsed: parseOutcome(value) }
}

function* fromObjects(body: string): Generator<OutcomeLine> {
  const whole = isOneLine(body) ? parseJsonText(body) : { failure: 'not-json' as const }
  if ('value' in whole) {
    yield* isObject(whole.value) && Array.isArray(whole.value['outcomes'])
      ? fromValues(whole.value['outcomes'])
      : fromValues([whole.value])
    return
  }
  let isJson = false
  for (const { line, text } of linesOf(body)) {
    const parsed = parseJsonText(text)
    if ('value' in parsed) isJson = true
    // An object over several lines, as written by hand.
    else if (line === 1 && !isJson) {
      const pretty = parseJsonText(body)
      if ('value' in pretty) {
        yield* isObject(pretty.value) && Array.isArray(pretty.value['outcomes'])
          ? fromValues(pretty.value['outcomes'])
          : fromValues([pretty.value])
        return
      }
    }
    yield { line, parsed: 'value' in parsed ? parseOutcome(parsed.value) : { problem: 'it is not JSON' } }
  }
}

function isOneLine(body: string): boolean {
  return !body.trimEnd().includes('\n')
}

function* linesOf(body: string): Generator<{ readonly line: number; readonly text: string }> {
  let start = 0
  for (let line = 1; start < body.length; line += 1) {
    const end = body.indexOf('\n', start)
    const text = body.slice(start, end === -1 ? body.length : end).trim()
    start = end === -1 ? body.length : end + 1
    if (text !== '') yield { line, text }
  }
}

/** Columns are the keys of an outcome; `label.NAME` is the label of one of several outputs. */
function* fromCsv(body: string): Generator<OutcomeLine> {
  const [header, ...rows] = parseCsv(body, MOST_LINES) ?? []
  if (header === undefined) {
    yield { line: 1, parsed: { problem: 'it is neither JSON nor CSV' } }
    return
  }
  const names = header.map((name) => name.trim())
  if (!names.some((name) => /^(?:label|kpi|labels?\..+)$/.test(name))) {
    yield {
      line: 1,
      parsed: {
        problem: 'the first line of CSV names the columns, and one of them is "label", "label.NAME" or "kpi"',
      },
    }
    return
  }
  for (const [index, row] of rows.entries()) {
    const parsed: ParsedOutcome =
      row.length > names.length
        ? { problem: `it has ${row.length} cells and the header ${names.length}` }
        : parseOutcome(outcomeOf(names, row))
    yield { line: index + 2, parsed }
  }
}

const NUMBERS = new Set(['score'])

function outcomeOf(names: readonly string[], cells: readonly string[]): Record<string, unknown> {
  const outcome: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  const several: Record<string, Record<string, unknown>> = {}
  for (const [place, name] of names.entries()) {
    const cell = cells[place]
    if (cell === undefined || cell === '') continue
    const [, group, output] = /^(label|prediction|score)s?\.(.+)$/s.exec(name) ?? []
    if (group !== undefined && output !== undefined) {
      const key = `${group}s`
      ;(several[key] ??= Object.create(null) as Record<string, unknown>)[output] =
        group === 'score' ? Number(cell) : cell
    } else outcome[name] = NUMBERS.has(name) && Number.isFinite(Number(cell)) ? Number(cell) : cell
  }
  return Object.assign(outcome, several)
}
