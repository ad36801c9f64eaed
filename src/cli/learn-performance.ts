/** The pass of `baseline build --label-column` over the labels: how right the model was on the rows of the file. */
import { ModelLabels } from '../analysis/model-labels.ts'
import { Pipeline } from '../analysis/pipeline.ts'
import type { OutputPerformance } from '../baseline/baseline.ts'
import type { Config } from '../config/schema.ts'
import { ModeltapError } from '../errors.ts'
import { decodingOf } from '../protocols/decoding.ts'
import type { ColumnChoice } from '../sources/column-choice.ts'
import { FileClock } from '../sources/file-clock.ts'
import { replayFile } from '../sources/replay.ts'
import { newTailStats } from '../sources/tail-stats.ts'
import { inputSettings } from './replay/input-settings.ts'
import { LabelledReplay, type LabelOptions } from './replay/labelled.ts'

export interface LearnPerformanceOptions {
  readonly file: string
  readonly choice: ColumnChoice
  /** With the fields of `fieldsWithLabels`. */
  readonly config: Config
  readonly labels: LabelOptions
}

export interface LearnedPerformance {
  readonly outputs: readonly OutputPerformance[]
  readonly unlabelledRows: number
}

/** @throws ModeltapError INPUT_INVALID without a row that has a label and a prediction */
export async function learnPerformance({
  file,
  choice,
  config,
  labels,
}: LearnPerformanceOptions): Promise<LearnedPerformance> {
  const clock = new FileClock(1)
  const labelled = await LabelledReplay.open(labels, config)
  const pipeline = new Pipeline({
    decoding: decodingOf(config, { maxBodyBytes: config.limits.bodyBytes }),
    labels: new ModelLabels(config.limits.models, { model: undefined, version: undefined }),
    maxColumns: config.limits.features,
    onRecognised: () => undefined,
    onRows: (_label, _protocol, batch) => labelled.accept({ model: '', version: '' }, batch, clock.epochMs()),
    onDecodeFailure: () => undefined,
    onDroppedColumns: () => undefined,
    onBug: (error) => {
      throw error
    },
  })
  await replayFile({
    file,
    choice,
    ...inputSettings(config),
    clock,
    sink: pipeline,
    stats: newTailStats(),
    onProgress: () => undefined,
  })
  const { unlabelledRows } = labelled.result(clock.epochMs())
  const outputs = labelled.references()
  if (outputs.length === 0)
    throw new ModeltapError('INPUT_INVALID', {
      message: `${file} has no row with a prediction and a label in the column "${labels.column}"${labels.file === undefined ? '' : ` of ${labels.file}`}`,
      hint: 'Name the column of the labels with --label-column (their file, where it is another one, with --labels and --label-id), and the predictions with --predictions.',
    })
  return { outputs, unlabelledRows }
}
