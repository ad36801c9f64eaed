/** Destination of live frames: redrawn in place on a terminal, otherwise one line each. */
import { stripVTControlCharacters } from 'node:util'
import { type LiveState, renderLine, renderTable } from './render.ts'

export interface Screen {
  readonly show: (state: LiveState) => void
  /** Prints a text below the last frame. */
  readonly say: (text: string) => void
  /** Leaves the last frame readable above the prompt. */
  readonly close: () => void
}

interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly write: (text: string) => unknown
}

const HOME_AND_HIDE_CURSOR = '\x1b[H\x1b[?25l'
const CLEAR_TO_END_OF_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'
const CLEAR_ALL = '\x1b[2J'
const SHOW_CURSOR = '\x1b[?25h'
const LINE_EVERY_SECONDS = 5
const NARROWEST = 40

const COLOURS: readonly (readonly [RegExp, string])[] = [
  [/\b(DRIFT|FIRING)\b/g, '\x1b[31m$1\x1b[0m'],
  [/\b(pending)\b/g, '\x1b[33m$1\x1b[0m'],
  [/^(modeltap \w+)/, '\x1b[1m$1\x1b[0m'],
]

export function createScreen(output: Output): Screen {
  return output.isTTY === true ? terminalScreen(output) : lineScreen(output)
}

function terminalScreen(output: Output): Screen {
  let opened = false
  return {
    show(state) {
      const width = Math.max(NARROWEST, (output.columns ?? 100) - 1)
      const lines = renderTable(state).map(
        (line) => colour(clean(line).slice(0, width)) + CLEAR_TO_END_OF_LINE,
      )
      output.write(`${opened ? '' : CLEAR_ALL}${HOME_AND_HIDE_CURSOR}${lines.join('\n')}\n${CLEAR_BELOW}`)
      opened = true
    },
    say: (text) => output.write(text),
    close: () => {
      if (opened) output.write(SHOW_CURSOR)
    },
  }
}

function lineScreen(output: Output): Screen {
  let nextSeconds = -1
  return {
    show(state) {
      if (nextSeconds < 0) {
        for (const { name, url } of state.addresses) output.write(`${name.padEnd(14)}${url}\n`)
        nextSeconds = 0
      }
      if (state.elapsedSeconds < nextSeconds) return
      nextSeconds = state.elapsedSeconds + LINE_EVERY_SECONDS
      output.write(`${clean(renderLine(state))}\n`)
    },
    say: (text) => output.write(text),
    close: () => undefined,
  }
}

/** Label values come from payloads, so control sequences are removed. */
function clean(line: string): string {
  return stripVTControlCharacters(line).replace(/\p{Cc}/gu, '')
}

function colour(line: string): string {
  return COLOURS.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line)
}
