/** Parses `ts=2026-01-02T03:04:05Z level=info msg="model asked" age=41 prediction=0.7` into pairs. */
import type { JsonObject } from '../formats/json-value.ts'
import { cellType, textCellValue } from '../formats/text-cell.ts'

/** One pair with the following space. Keys have no spaces; values with spaces are quoted. */
const PAIR = /([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?:\s+|$)/y
const FEWEST_PAIRS = 2
const MOST_PAIRS = 1_000

/**
 * `undefined` when the line has anything but pairs. Unquoted numbers and booleans are typed; quoted values are texts.
 */
export function parseLogfmt(text: string): JsonObject | undefined {
  const line = text.trim()
  const pairs: [string, unknown][] = []
  PAIR.lastIndex = 0
  while (PAIR.lastIndex < line.length && pairs.length < MOST_PAIRS) {
    const match = PAIR.exec(line)
    if (match === null) return undefined
    const [, key = '', quoted, bare = ''] = match
    pairs.push([key, quoted === undefined ? valueOf(bare) : quoted.replaceAll(/\\(.)/g, '$1')])
  }
  return pairs.length < FEWEST_PAIRS ? undefined : Object.fromEntries(pairs)
}

/** The JSON value of a text. */
export function valueOf(text: string): unknown {
  const type = cellType(text)
  return textCellValue(text, type ?? 'text')
}
