/**
 * JSON lines → batches, one a line. A line is one of
 *
 *     {"features": {…} or rows, "predictions": …}      `prediction` means the same as `predictions`
 *     {"age": 30, "job": "cook", "prediction": 0.7}     flat, as the header and a row of a CSV file
 *     anything, with selectors
 *     a line of a SageMaker capture; then all of the file is one
 */
import { ModeltapError } from '../errors.ts'
import { parseJsonText } from '../formats/json.ts'
import { isObject, type JsonObject } from '../formats/json-value.ts'
import { RecordBatch, type ColumnSet } from '../records/record-batch.ts'
import { writeRows } from '../records/rows.ts'
import { matchesAny, type Selection } from '../formats/selection.ts'
import { selectRows, type SelectedRows } from '../records/select-rows.ts'
import { compileSelector, type Selector } from '../formats/selector.ts'
import type { Decoding } from '../protocols/decoding.ts'
import { chooseColumns, type ColumnChoice } from './column-choice.ts'
import { unreadable } from './input-errors.ts'
import { openInput, type OnOpen } from './input-file.ts'
import { CaptureReader, isCaptureLine } from './sagemaker-capture.ts'

export interface JsonlOptions extends ColumnChoice {
  /** Where a line holds its rows; both sides may be absent. */
  readonly selectors?:
    { readonly features: Selection | undefined; readonly predictions: Selection | undefined } | undefined
  readonly maxColumns: number
  readonly onOpen?: OnOpen | undefined
  /** For the payloads of a SageMaker capture; every protocol with its defaults when absent. */
  readonly decoding?: Decoding | undefined
}

interface Line {
  readonly features: SelectedRows | undefined
  readonly predictions: SelectedRows | undefined
}

/**
 * The batch is used again for the next line.
 *
 * @throws ModeltapError INPUT_UNREADABLE or INPUT_INVALID with file, line and what is allowed
 */
export async function* readJsonl(file: string, options: JsonlOptions): AsyncGenerator<RecordBatch> {
  const reader = new LineReader(file, options)
  const batch = new RecordBatch(options.maxColumns)
  let capture: CaptureReader | undefined
  let isFirst = true
  for await (const text of lines(file, options.onOpen)) {
    if (isFirst && isCaptureLine(text)) capture = new CaptureReader(file, options)
    isFirst &&= text.trim() === ''
    if (capture !== undefined) {
      const rows = capture.read(text)
      if (rows !== undefined) yield rows
      continue
    }
    const line = reader.read(text)
    if (line === undefined) continue
    const { features, predictions } = line
    batch.begin(features?.rows.length ?? predictions?.rows.length ?? 0)
    if (features !== undefined) write(batch.features, features)
    if (predictions !== undefined) write(batch.predictions, predictions)
    yield batch
  }
  reader.finish()
}

function write(set: ColumnSet, { rows, name }: SelectedRows): void {
  writeRows(set, rows, { name, names: [] })
}

/** Without a last name, so that columns which are only numbered get the names that they have in live traffic. */
const NAMED_FEATURES: Selector = { ...compileSelector('$.features'), lastName: undefined }
const NAMED_PREDICTIONS: readonly Selector[] = ['$.predictions', '$.prediction'].map((text) => ({
  ...compileSelector(text),
  lastName: undefined,
}))

class LineReader {
  readonly #file: string
  readonly #options: JsonlOptions
  #line = 0
  /** Keys of flat lines so far; bounded by what a column set takes. */
  readonly #keys = new Set<string>()
  #flatLines = 0

  constructor(file: string, options: JsonlOptions) {
    this.#file = file
    this.#options = options
  }

  /** `undefined` for a blank line. */
  read(text: string): Line | undefined {
    this.#line += 1
    if (text.trim() === '') return undefined
    const parsed = parseJsonText(text)
    if ('failure' in parsed) throw this.#invalid('is not JSON')
    const { value } = parsed
    const { selectors } = this.#options
    if (selectors?.features !== undefined || selectors?.predictions !== undefined)
      return this.#select(value, selectors.features, selectors.predictions)
    if (!isObject(value)) throw this.#invalid('is not an object')
    if (isNested(value))
      return this.#select(
        value,
        NAMED_FEATURES,
        NAMED_PREDICTIONS.find((s) => matchesAny(s, value)),
      )
    return this.#flat(value)
  }

  /** Names chosen columns that no line had. */
  finish(): void {
    if (this.#flatLines > 0) chooseColumns([...this.#keys], this.#options, this.#file)
  }

  #select(value: unknown, features: Selection | undefined, predictions: Selection | undefined): Line {
    const featureRows = features && this.#rows(selectRows(features, value), 'features')
    const predictionRows =
      predictions && this.#rows(selectRows(predictions, value, featureRows?.rows.length), 'predictions')
    if (featureRows && predictionRows && featureRows.rows.length !== predictionRows.rows.length) {
      const counts = `${featureRows.rows.length} rows of features and ${predictionRows.rows.length} of predictions`
      throw this.#invalid(`has ${counts}`)
    }
    return { features: featureRows, predictions: predictionRows }
  }

  #rows(selected: ReturnType<typeof selectRows>, side: string): SelectedRows {
    if ('failure' in selected)
      throw this.#invalid(`has no ${side} where they are looked for (${selected.failure})`)
    return selected
  }

  #flat(row: JsonObject): Line {
    this.#flatLines += 1
    const keys = Object.keys(row)
    if (this.#keys.size < MAX_KEYS) for (const key of keys) this.#keys.add(key)
    // What this line lacks is missing in it; what every line lacks is found by `finish`.
    const present = (names: readonly string[] | undefined) =>
      names?.filter((name) => name in row || name.slice(name.indexOf('=') + 1) in row)
    const { features, predictions, facts, onFact } = this.#options
    const chosen = chooseColumns(
      keys,
      { features: present(features), predictions: present(predictions), facts, onFact },
      this.#file,
    )
    const pick = (columns: typeof chosen.features): SelectedRows | undefined =>
      columns.length === 0
        ? undefined
        : { rows: [Object.fromEntries(columns.map(({ column, name }) => [name, row[column]]))], name: '' }
    return { features: pick(chosen.features), predictions: pick(chosen.predictions) }
  }

  #invalid(problem: string): ModeltapError {
    return new ModeltapError('INPUT_INVALID', {
      message: `${this.#file}: line ${this.#line} ${problem}`,
      hint: 'Each line is a JSON object: {"features": …, "predictions": …}, or one key a column, or anything that the configured selectors match.',
    })
  }
}

const MAX_KEYS = 10_000

/** A flat line may have a column called `features` as well, but then it is a scalar. */
function isNested({ features }: JsonObject): boolean {
  return typeof features === 'object' && features !== null
}

/** Without their ends; blank ones too, so that lines can be numbered. */
async function* lines(file: string, onOpen?: OnOpen): AsyncGenerator<string> {
  const input = openInput(file, onOpen)
  input.setEncoding('utf8')
  // Only the new part is searched, so that a very long line costs its length once.
  let begun = ''
  try {
    for await (const chunk of input) {
      const text = chunk as string
      let start = 0
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
        yield withoutReturn(begun + text.slice(start, end))
        begun = ''
        start = end + 1
      }
      begun += text.slice(start)
    }
  } catch (error) {
    throw unreadable(file, error)
  } finally {
    input.destroy()
  }
  if (begun !== '') yield withoutReturn(begun)
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
