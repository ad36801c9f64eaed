/**
 * The files that SageMaker's data capture leaves in S3, one call a line:
 *
 *     {"captureData": {"endpointInput":  {"observedContentType": "text/csv", "data": "…", "encoding": "CSV"},
 *                      "endpointOutput": {…}}, "eventMetadata": {"inferenceTime": "…"}, "eventVersion": "0"}
 *
 * Each call goes through the protocols as if it had come over the wire, so that columns have the names that live
 * traffic gives them.
 */
import { z } from 'zod'
import { ModeltapError } from '../errors.ts'
import { createCall } from '../calls/call.ts'
import { decodingOf, type Decoding } from '../protocols/decoding.ts'
import { recognise } from '../protocols/index.ts'
import { protocolsOptions } from '../protocols/options.ts'
import { parseJsonText } from '../formats/json.ts'
import { RecordBatch } from '../records/record-batch.ts'
import { loggedExchange, type LoggedMessage } from './logged-exchange.ts'

const side = z.looseObject({
  observedContentType: z.string().default(''),
  data: z.string(),
  encoding: z.enum(['CSV', 'JSON', 'BASE64']).catch('CSV'),
})
const captured = z.looseObject({
  captureData: z.looseObject({ endpointInput: side.optional(), endpointOutput: side.optional() }),
})

const DEFAULT_DECODING = decodingOf(protocolsOptions.parse({}), { maxBodyBytes: 64 * 2 ** 20 })

/** Whether a line of a file is one of a capture. */
export function isCaptureLine(line: string): boolean {
  return line.includes('"captureData"') && captured.safeParse(safeJson(line)).success
}

function safeJson(line: string): unknown {
  const parsed = parseJsonText(line)
  return 'failure' in parsed ? undefined : parsed.value
}

export interface CaptureOptions {
  /** Every protocol with its defaults when absent. */
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
    this.#decoding = decoding ?? DEFAULT_DECODING
    this.#batch = new RecordBatch(maxColumns)
  }

  /**
   * The rows of a line; `undefined` for a blank one. The batch is used again for the next.
   *
   * @throws ModeltapError INPUT_INVALID
   */
  read(line: string): RecordBatch | undefined {
    this.#line += 1
    if (line.trim() === '') return undefined
    const parsed = captured.safeParse(safeJson(line))
    if (!parsed.success) throw this.#invalid('is no line of a SageMaker capture')
    const { endpointInput, endpointOutput } = parsed.data.captureData
    const exchange = loggedExchange({
      method: 'POST',
      target: '/invocations',
      status: 200,
      latencyMs: undefined,
      request: messageOf(endpointInput),
      response: messageOf(endpointOutput),
    })
    const call = createCall(exchange, this.#decoding.settings)
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

function messageOf(part: z.output<typeof side> | undefined): LoggedMessage {
  if (part === undefined) return {}
  const { observedContentType, data, encoding } = part
  const contentType =
    observedContentType === '' && encoding === 'JSON' ? 'application/json' : observedContentType
  return {
    headers: new Map([['content-type', contentType === '' ? 'text/csv' : contentType]]),
    body: Buffer.from(data, encoding === 'BASE64' ? 'base64' : 'utf8'),
  }
}
