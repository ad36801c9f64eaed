/** Labels for a replayed file: compares every labelled prediction, over the whole file and in parts. */
import type { OutputPerformance } from '../../baseline/baseline.ts'
import type { Config } from '../../config/schema.ts'
import { ModeltapError } from '../../errors.ts'
import type { Truth } from '../../outcomes/outcome.ts'
import { OutputOutcomes, type PerformanceChunk } from '../../outcomes/output-outcomes.ts'
import { PredictionOutputs } from '../../outcomes/prediction-outputs.ts'
import type { OutputSnapshot } from '../../outcomes/snapshot.ts'
import { isTruth } from '../../outcomes/truth.ts'
import { CELL, type Column, type RecordBatch } from '../../records/record-batch.ts'
import { readRows } from '../../sources/rows.ts'
import type { FieldsOptions } from '../../sources/tail-options.ts'

export interface LabelOptions {
  /** `undefined`: the rows contain their labels. */
  readonly file: string | undefined
  /** Column that identifies a row in both files; `undefined`: labels are in row order. */
  readonly id: string | undefined
  readonly column: string
  /** Rows in a part; `undefined` for twenty parts. */
  readonly chunkRows: number | undefined
}

export interface LabelledOutput {
  readonly snapshot: OutputSnapshot
  readonly chunks: readonly PerformanceChunk[]
  /** Predicted minus actual, at most a thousand values. */
  readonly residuals: readonly number[]
}

export interface LabelledResult {
  /** Labels read. */
  readonly labels: number
  readonly joined: number
  /** Rows without a label, and labels without a row. */
  readonly unlabelledRows: number
  readonly unusedLabels: number
  readonly wrongType: number
  readonly outputs: readonly LabelledOutput[]
}

const WHOLE_FILE_MS = 100 * 365 * 86_400_000
const MOST_ROWS = 10_000_000
const PARTS = 20
const REPORT_BINS = 100
const MOST_RESIDUALS = 1_000

/** Adds the id and label columns to the fields to read. */
export function fieldsWithLabels(fields: FieldsOptions, labels: LabelOptions | undefined): FieldsOptions {
  if (labels === undefined) return fields
  if (labels.file === undefined) return { ...fields, label: pathOf(labels.column) }
  return labels.id === undefined ? fields : { ...fields, id: pathOf(labels.id) }
}

const pathOf = (column: string): string =>
  /^\w+$/.test(column) ? `$.${column}` : `$[${JSON.stringify(column)}]`

export class LabelledReplay {
  readonly #options: LabelOptions
  readonly #config: Config
  readonly #labels: ReadonlyMap<string, Truth>
  readonly #predictionOutputs: PredictionOutputs
  readonly #outputs = new Map<string, OutputOutcomes>()
  #rows = 0
  #joined = 0
  #unlabelled = 0
  #wrongType = 0

  private constructor(options: LabelOptions, config: Config, labels: ReadonlyMap<string, Truth>) {
    this.#options = options
    this.#config = config
    this.#labels = labels
    this.#predictionOutputs = new PredictionOutputs(config.outcomes.outputs)
  }

  /** @throws ModeltapError INPUT_UNREADABLE or INPUT_INVALID */
  static async open(options: LabelOptions, config: Config): Promise<LabelledReplay> {
    return new LabelledReplay(options, config, await readLabels(options))
  }

  accept(
    name: { readonly model: string; readonly version: string },
    batch: RecordBatch,
    nowMs: number,
  ): void {
    for (let row = 0; row < batch.rows; row += 1) {
      const label = this.#labelOf(batch, row)
      this.#rows += 1
      const outputs = label === undefined ? [] : this.#predictionOutputs.of(batch.predictions, row)
      // With several outputs, the one with the label's name, otherwise the first.
      const prediction = outputs.find(({ output }) => output === this.#options.column) ?? outputs[0]
      if (label === undefined || prediction === undefined) {
        this.#unlabelled += 1
        continue
      }
      this.#joined += 1
      this.#output(name, prediction.output).add(
        { prediction, actual: label, timeMs: nowMs },
        nowMs,
        (counted) => {
          if (counted === 'wrong_type') this.#wrongType += 1
        },
      )
    }
  }

  result(nowMs: number): LabelledResult {
    const outputs = [...this.#outputs.values()].flatMap((output): LabelledOutput[] => {
      const snapshot = output.evaluate(nowMs, true)
      if (snapshot === undefined) return []
      const size = this.#options.chunkRows ?? Math.max(1, Math.ceil(snapshot.observations / PARTS))
      const residuals = output.residuals()
      const step = Math.max(1, Math.floor(residuals.length / MOST_RESIDUALS))
      return [
        {
          snapshot,
          chunks: output.chunks(size),
          residuals: residuals.filter((_, index) => index % step === 0),
        },
      ]
    })
    const labels = this.#options.file === undefined ? this.#joined : this.#labels.size
    return {
      labels,
      joined: this.#joined,
      unlabelledRows: this.#unlabelled,
      unusedLabels: Math.max(0, labels - this.#joined),
      wrongType: this.#wrongType,
      outputs,
    }
  }

  /** Call after `result`. */
  references(): readonly OutputPerformance[] {
    return [...this.#outputs].flatMap(([key, output]): OutputPerformance[] => {
      const [, , name = ''] = JSON.parse(key) as readonly string[]
      const reference = output.learnedReference()
      const snapshot = output.evaluate(0, true)
      if (reference === undefined || snapshot === undefined) return []
      const { observations } = snapshot
      return [
        {
          output: name,
          rows: observations,
          ...(snapshot.task === 'regression' && {
            center: (snapshot.errors.truthAbove - snapshot.errors.truthBelow) / observations,
          }),
          metrics: Object.fromEntries(
            Object.entries(reference).map(([metric, { value, error }]) => [
              metric,
              { value, ...(error !== undefined && { error }) },
            ]),
          ),
        },
      ]
    })
  }

  #labelOf(batch: RecordBatch, row: number): Truth | undefined {
    const { file, id } = this.#options
    if (file === undefined) {
      const truth = batch.truths[row]
      return isTruth(truth) ? truth : undefined
    }
    const name = id === undefined ? String(this.#rows) : batch.ids[row]
    return name === undefined ? undefined : this.#labels.get(name)
  }

  #output(name: { readonly model: string; readonly version: string }, output: string): OutputOutcomes {
    const key = JSON.stringify([name.model, name.version, output])
    const known = this.#outputs.get(key)
    if (known !== undefined) return known
    const { outcomes, drift } = this.#config
    const made = new OutputOutcomes({
      ...name,
      output,
      options: {
        ...outcomes,
        ...{ windows: [WHOLE_FILE_MS], minSamples: 1, windowRows: MOST_ROWS, scoreBins: REPORT_BINS },
      },
      falseAlarms: drift.falseAlarms,
      evaluationIntervalMs: WHOLE_FILE_MS,
      reference: undefined,
      center: 0,
    })
    this.#outputs.set(key, made)
    return made
  }
}

async function readLabels({ file, id, column }: LabelOptions): Promise<ReadonlyMap<string, Truth>> {
  const labels = new Map<string, Truth>()
  if (file === undefined) return labels
  const features = id === undefined ? [column] : [id, column]
  let row = 0
  for await (const batch of readRows(file, { choice: { features } })) {
    const ids = id === undefined ? undefined : batch.features.find(id)
    const values = batch.features.find(column)
    for (let place = 0; place < batch.rows; place += 1) {
      const name = id === undefined ? String(row) : ids && textOfCell(ids, place)
      const value = values && valueOfCell(values, place)
      row += 1
      if (name !== undefined && value !== undefined) labels.set(name, value)
    }
  }
  if (labels.size === 0) {
    throw new ModeltapError('INPUT_INVALID', {
      message: `${file} has no labels in the column "${column}"${id === undefined ? '' : ` beside ids in the column "${id}"`}`,
      hint: 'Name the columns with --label-column and --label-id.',
    })
  }
  return labels
}

function textOfCell(column: Column, row: number): string | undefined {
  const value = valueOfCell(column, row)
  return value === undefined ? undefined : String(value)
}

function valueOfCell(column: Column, row: number): Truth | undefined {
  switch (column.tags[row]) {
    case CELL.NUMBER: {
      const number = column.numbers[row] as number
      return Number.isFinite(number) ? number : undefined
    }
    case CELL.BOOLEAN:
      return column.numbers[row] === 1
    case CELL.TEXT:
      return column.texts[row]
    default:
      return undefined
  }
}
