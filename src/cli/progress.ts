/** A single line on a terminal that is overwritten; nothing when stderr is a file. */

import { count } from '../lib/number-format.ts'
import { printable } from '../lib/printable.ts'

export interface Progress {
  readonly update: (rows: number, part: number | undefined) => void
  /** Prints a separate line, on a terminal or not. */
  readonly note: (text: string) => void
  readonly end: () => void
}

interface Output {
  readonly isTTY?: boolean
  readonly write: (text: string) => unknown
}

const CLEAR_LINE = '\r\u001b[2K'

export function createProgress(output: Output): Progress {
  const isTerminal = output.isTTY === true
  let shown = false
  const clear = (): void => {
    if (shown) output.write(CLEAR_LINE)
    shown = false
  }
  return {
    update: (rows, part) => {
      if (!isTerminal) return
      clear()
      output.write(`${part === undefined ? '' : bar(Math.min(part, 1))}${count(rows)} rows`)
      shown = true
    },
    note: (text) => {
      clear()
      output.write(`${printable(text)}\n`)
    },
    end: clear,
  }
}

const BAR_CELLS = 24

function bar(part: number): string {
  const full = Math.floor(part * BAR_CELLS)
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}] ${Math.floor(100 * part)} %, `
}
