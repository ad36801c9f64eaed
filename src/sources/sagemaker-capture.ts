/** Reads SageMaker data capture files as batches, strictly: an unreadable line is an error with its number. */
import { createCall } from '../calls/call.ts'
import { ModeltapError } from '../errors.ts'
import { parseJsonText } from '../formats/json.ts'
import { type Decoding, decodingOf } from '../protocols/decoding.ts'
import { recognise } from '../protocols/index.ts'
import { protocolsOptions } from '../protocols/options.ts'
import { RecordBatch } from '../records/record-batch.ts'
import { type CapturedCall, capturedCall } from './captured-call.ts'

const MAX_BODY_BYTES = 64 * 2 ** 20

/** Whether a line belongs to a capture. */
export function isCaptureLine(line: string): boolean {
  return line.includes('"captureData"') && parse(line) !== undefined
}

function parse(line: string): CapturedCall | undefined {
  const parsed = parseJsonText(line)
  return 'failure' in parsed ? undefined : capturedCall(parsed.value)
}

export interface CaptureOptions {
  /** By default every protocol with its defaults. */
  readonly decoding?: Decoding | undefined
  readonly maxColumns: number
}

export class CaptureReader {
  readonly #file: string
  readonly #decoding: Decoding
  readonly #batch: RecordBatch
  #line = 0

  constructor(file: string, { decoding, maxColumns }: CaptureOptions) {
    this.#file = file
    this.#decoding = decoding ?? decodingOf(protocolsOptions.parse({}), { maxBodyBytes: MAX_BODY_BYTES })
    this.#batch = new RecordBatch(maxColumns)
  }

  /**
   * The rows of a line; `undefined` for a blank line. The batch is reused for the next line.
   *
   * @throws ModeltapError INPUT_INVALID
   */
  read(line: string): RecordBatch | undefined {
    this.#line += 1
    if (line.trim() === '') return undefined
    const captured = parse(line)
    if (captured === undefined) throw this.#invalid('is not a line of a SageMaker capture')
    const call = createCall(captured.exchange, this.#decoding.settings)
    const recognised = recognise(call, this.#decoding.protocols)
    this.#batch.begin(0)
    const failure =
      recognised?.protocol === undefined ? undefined : recognised.protocol.decode(call, this.#batch)
    if (recognised?.protocol === undefined) throw this.#invalid('holds a payload of no known format')
    if (this.#batch.rows === 0) throw this.#invalid(`has no rows (${failure?.failure ?? 'empty'})`)
    return this.#batch
  }

  #invalid(problem: string): ModeltapError {
    return new ModeltapError('INPUT_INVALID', {
      message: `${this.#file}: line ${this.#line} ${problem}`,
      hint: 'Capture both input and output, as CSV or JSON; set selectors when the payloads have a form of their own.',
    })
  }
}
