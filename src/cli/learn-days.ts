/**
 * The second pass of `baseline build`: learns the variation between the days of the file, when its rows have a time.
 */
import { DayLearner } from '../analysis/learn-days.ts'
import { ModelLabels } from '../analysis/model-labels.ts'
import { Pipeline } from '../analysis/pipeline.ts'
import type { Baseline } from '../baseline/baseline.ts'
import type { Config } from '../config/schema.ts'
import { decodingOf } from '../protocols/decoding.ts'
import type { ColumnChoice } from '../sources/column-choice.ts'
import { FileClock } from '../sources/file-clock.ts'
import { replayFile } from '../sources/replay.ts'
import { newTailStats } from '../sources/tail-stats.ts'
import { inputSettings } from './replay/input-settings.ts'

export interface LearnDaysOptions {
  readonly file: string
  readonly choice: ColumnChoice
  readonly config: Config
  readonly baseline: Baseline
  /** Time span of the rows in milliseconds, for a file without timestamps. */
  readonly durationMs: number | undefined
  readonly onProgress: (rows: number, part: number | undefined) => void
}

export interface LearnedDays {
  readonly baseline: Baseline
  /** Whether rows have timestamps. */
  readonly isTimed: boolean
  /** Share of rows with a timestamp before that of an earlier row. */
  readonly outOfOrder: number
}

/** Share of rows out of order above which the file is not time-ordered. */
const MOST_OUT_OF_ORDER = 0.01
/** Rows after which reading stops for a file without timestamps and without a duration. */
const FEWEST_ROWS = 1_000

class NoTime extends Error {}

/** The unchanged baseline when the rows have no time, are not in time order, or cover too few days. */
export async function learnDays(options: LearnDaysOptions): Promise<LearnedDays> {
  const { file, config, baseline, durationMs, onProgress, choice } = options
  const clock = new FileClock(durationMs === undefined ? 1 : baseline.rows / (durationMs / 1_000))
  const learner = new DayLearner(baseline, config, clock)
  const pipeline = new Pipeline({
    decoding: decodingOf(config, { maxBodyBytes: config.limits.bodyBytes }),
    labels: new ModelLabels(config.limits.models, { model: undefined, version: undefined }),
    maxColumns: config.limits.features,
    onRecognised: () => undefined,
    onRows: (_label, _protocol, batch) => {
      if (durationMs === undefined && !clock.isTimed()) throw new NoTime()
      learner.accept(batch)
    },
    onDecodeFailure: () => undefined,
    onDroppedColumns: () => undefined,
    onBug: (error) => {
      throw error
    },
  })
  const stats = newTailStats()
  try {
    await replayFile({
      file,
      choice,
      ...inputSettings(config),
      clock,
      sink: pipeline,
      stats,
      onProgress: (rows, part) => {
        if (rows >= FEWEST_ROWS && durationMs === undefined && !clock.isTimed()) throw new NoTime()
        onProgress(rows, part)
      },
    })
  } catch (error) {
    if (error instanceof NoTime) return { baseline, isTimed: false, outOfOrder: 0 }
    throw error
  }
  const outOfOrder = clock.outOfOrder / Math.max(stats.lines, 1)
  const isTimed = clock.isTimed()
  if (outOfOrder > MOST_OUT_OF_ORDER) return { baseline, isTimed, outOfOrder }
  return { baseline: learner.baseline(), isTimed, outOfOrder }
}
