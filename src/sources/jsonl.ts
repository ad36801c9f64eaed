/**
 * Reads JSON lines as batches, one for each line, strictly: the first invalid line ends it. line-rows.ts defines the
 * line format; a file with a SageMaker capture line first is a capture.
 */
import { ModeltapError } from '../errors.ts'
import { parseJsonText } from '../formats/json.ts'
import { isObject } from '../formats/json-value.ts'
import type { Side } from '../records/pairing.ts'
import { RecordBatch } from '../records/record-batch.ts'
import { chooseColumns } from './column-choice.ts'
import { chosenNames, fileFields } from './file-fields.ts'
import type { LineFields } from './line-fields.ts'
import { readLine } from './line-rows.ts'
import type { RowsOptions } from './rows-options.ts'
import { CaptureReader, isCaptureLine } from './sagemaker-capture.ts'
import { sampledLines } from './sampled-rows.ts'
import { SAMPLE_ROWS } from './table.ts'
import { textLines } from './text-lines.ts'

/** Maximum characters of lines buffered before their format is decided. */
const MOST_SAMPLED = 4_000_000

/**
 * The batch is reused for the next line.
 *
 * @throws ModeltapError INPUT_UNREADABLE or INPUT_INVALID with file, line and what is allowed
 */
export async function* readJsonl(file: string, options: RowsOptions): AsyncGenerator<RecordBatch> {
  const reader = new StrictReader(file, options)
  let capture: CaptureReader | undefined
  let isFirst = true
  for await (const text of textLines(file, options.onOpen)) {
    if (isFirst && isCaptureLine(text)) capture = new CaptureReader(file, options)
    isFirst &&= text.trim() === ''
    if (capture !== undefined) {
      const rows = capture.read(text)
      if (rows !== undefined) yield rows
    } else yield* reader.take(text)
  }
  if (capture === undefined) yield* reader.finish()
}

interface NumberedLine {
  readonly number: number
  readonly value: unknown
}

class StrictReader {
  readonly #file: string
  readonly #options: RowsOptions
  readonly #batch: RecordBatch
  #fields: LineFields | undefined
  #sample: NumberedLine[] = []
  #sampled = 0
  #lines = 0
  /** Selected columns that have not occurred yet. */
  readonly #wanted: Set<string>

  constructor(file: string, options: RowsOptions) {
    this.#file = file
    this.#options = options
    this.#batch = new RecordBatch(options.maxColumns)
    this.#wanted = new Set(chosenNames(options.choice))
  }

  *take(text: string): Generator<RecordBatch> {
    this.#lines += 1
    if (text.trim() === '') return
    const parsed = parseJsonText(text)
    if ('failure' in parsed) throw this.#invalid(this.#lines, 'is not JSON')
    const line = { number: this.#lines, value: parsed.value }
    if (this.#fields !== undefined) {
      yield this.#read(line, this.#fields)
      return
    }
    this.#sample.push(line)
    this.#sampled += text.length
    if (this.#sample.length === SAMPLE_ROWS || this.#sampled > MOST_SAMPLED) yield* this.#decide()
  }

  *finish(): Generator<RecordBatch> {
    if (this.#fields === undefined) yield* this.#decide()
    const [lacking] = this.#wanted
    if (lacking !== undefined && this.#lines > 0) {
      const { keys } = sampledLines(this.#sample.map(({ value }) => value))
      chooseColumns({ file: this.#file, columns: keys }, { features: [lacking] })
    }
  }

  *#decide(): Generator<RecordBatch> {
    const sampled = sampledLines(this.#sample.map(({ value }) => value))
    const { fields } = fileFields(sampled, { ...this.#options, file: this.#file })
    this.#fields = fields
    for (const line of this.#sample) yield this.#read(line, fields)
  }

  #read({ number, value }: NumberedLine, fields: LineFields): RecordBatch {
    const { choice, columnNames } = this.#options
    if (this.#wanted.size > 0 && isObject(value)) for (const key in value) this.#wanted.delete(key)
    const isChosen = choice.features !== undefined || choice.predictions !== undefined
    if (!isObject(value) && fields.features === undefined && fields.predictions === undefined)
      throw this.#invalid(number, 'is not an object')
    const { features, predictions } = readLine(value, fields, columnNames)
    if (!isChosen && fields.features !== undefined && features === undefined)
      throw this.#invalid(number, 'has no features where they are looked for (selector-no-match)')
    this.#check(number, features, 'features')
    this.#check(number, predictions, 'predictions')
    const rows = features?.rows ?? predictions?.rows ?? 0
    if (predictions?.rows !== undefined && predictions.rows !== rows)
      throw this.#invalid(number, `has ${rows} rows of features and ${predictions.rows} of predictions`)
    this.#batch.begin(rows)
    if (features?.rows !== undefined) features.write(this.#batch.features)
    if (predictions?.rows !== undefined) predictions.write(this.#batch.predictions)
    return this.#batch
  }

  #check(line: number, side: Side | undefined, what: string): void {
    if (side !== undefined && side.rows === undefined)
      throw this.#invalid(line, `has no ${what} where they are looked for (${side.failure})`)
  }

  #invalid(line: number, problem: string): ModeltapError {
    return new ModeltapError('INPUT_INVALID', {
      message: `${this.#file}: line ${line} ${problem}`,
      hint: 'Each line is a JSON object: {"features": …, "predictions": …}, or one key a column, or anything that tail.fields maps.',
    })
  }
}
