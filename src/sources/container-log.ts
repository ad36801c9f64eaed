/**
 * Extracts the program's lines from log files of a container runtime.
 *
 *     CRI (Kubernetes)   2026-01-02T03:04:05.678901234Z stdout F {"age":41}      P instead of F: the line goes on
 *     Docker json-file   {"log":"{\"age\":41}\n","stream":"stdout","time":"…"}   no line feed at the end: it goes on
 */
import { parseJsonText } from '../formats/json.ts'
import { isObject } from '../formats/json-value.ts'
import { parseTimestamp } from './timestamp.ts'

const CRI =
  /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})) (stdout|stderr) ([FP])(?::\S*)? ?/
const DOCKER_START = '{"log":"'

export interface ContainerLine {
  readonly text: string
  /** Time at which its first part was written. */
  readonly epochMs: number | undefined
}

/** `partial`: the line is incomplete. `too-long`: the parts exceed the limit, and the rest of the line is dropped. */
export type Unwrapped = ContainerLine | 'plain' | 'partial' | 'too-long'

interface Part extends ContainerLine {
  readonly stream: string
  readonly isLast: boolean
}

interface Begun extends ContainerLine {
  readonly isTooLong: boolean
}

/** For one file; lines of two streams may be interleaved. */
export class ContainerLog {
  readonly #maxLength: number
  readonly #begun = new Map<string, Begun>()

  /** @param maxLength of a joined line, in characters */
  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  unwrap(line: string): Unwrapped {
    const part = criPart(line) ?? dockerPart(line)
    if (part === undefined) return 'plain'
    const { stream, isLast } = part
    const begun = this.#begun.get(stream)
    if (begun === undefined && isLast) return part
    const text = begun === undefined ? part.text : begun.text + part.text
    const isTooLong = begun?.isTooLong === true || text.length > this.#maxLength
    const epochMs = begun === undefined ? part.epochMs : begun.epochMs
    if (isLast) {
      this.#begun.delete(stream)
      return isTooLong ? 'too-long' : { text, epochMs }
    }
    this.#begun.set(stream, { text: isTooLong ? '' : text, epochMs, isTooLong })
    return 'partial'
  }
}

function criPart(line: string): Part | undefined {
  const match = CRI.exec(line)
  if (match === null) return undefined
  const [head, time, stream = '', tag] = match
  return { text: line.slice(head.length), epochMs: parseTimestamp(time), stream, isLast: tag === 'F' }
}

function dockerPart(line: string): Part | undefined {
  if (!line.startsWith(DOCKER_START)) return undefined
  const parsed = parseJsonText(line)
  if ('failure' in parsed || !isObject(parsed.value)) return undefined
  const { log, stream, time } = parsed.value
  if (typeof log !== 'string' || typeof stream !== 'string' || typeof time !== 'string') return undefined
  const isLast = log.endsWith('\n')
  const text = isLast ? log.slice(0, log.endsWith('\r\n') ? -2 : -1) : log
  return { text, epochMs: parseTimestamp(time), stream, isLast }
}
