import type { Command } from 'commander'
import type { Baseline } from '../baseline/baseline.ts'
import { buildBaseline } from '../baseline/builder.ts'
import { UNCOMPARED_KINDS, type UncomparedKind } from '../baseline/column-kind.ts'
import { describeBaseline, describePerformance } from '../baseline/describe.ts'
import { joinColumns } from '../baseline/file-columns.ts'
import { loadBaseline, saveBaseline } from '../baseline/load.ts'
import { mergeBaselines } from '../baseline/merge.ts'
import type { LeftOutColumn } from '../baseline/training-columns.ts'
import { baselineWarnings } from '../baseline/warnings.ts'
import { systemClock } from '../lib/clock.ts'
import { count, percent } from '../lib/number-format.ts'
import { decodingOf } from '../protocols/decoding.ts'
import { inputFormatOf } from '../sources/input-formats.ts'
import { readRows } from '../sources/rows.ts'
import { registerDiff } from './baseline-diff/index.ts'
import { addConfigFlags, DECIMAL_HELP, MISSING_HELP } from './config-flag.ts'
import { loadFromFlags } from './configuration.ts'
import { durationMs } from './duration-flag.ts'
import { addExamples } from './examples.ts'
import { learnDays } from './learn-days.ts'
import { learnPerformance } from './learn-performance.ts'
import { print } from './print.ts'
import { createProgress } from './progress.ts'
import { fieldsWithLabels } from './replay/labelled.ts'

interface BuildFlags {
  readonly input: string
  readonly output: string
  readonly config?: string
  readonly features?: string[]
  readonly predictions?: string[]
  readonly missing?: string[]
  readonly decimal?: string
  readonly labels?: string
  readonly labelId?: string
  readonly labelColumn?: string
  readonly duration?: number
  readonly model?: string
  readonly modelVersion?: string
  readonly json?: boolean
}

export function registerBaseline(program: Command): void {
  const group = program.command('baseline').description('build, merge, compare and inspect baselines')
  const build = group
    .command('build')
    .description('make a baseline from a training file')
    .requiredOption('--input <file>', 'CSV with a header, JSON lines (.gz allowed) or Parquet')
    .requiredOption('--output <file>', 'the baseline file to write (.gz allowed)')
    .option(
      '--features <columns...>',
      'feature columns; name=column renames (default: all but the predictions)',
    )
    .option('--predictions <columns...>', 'prediction columns (default: prediction and prediction_…)')
    .option('--missing <texts...>', MISSING_HELP)
    .option('--decimal <separator>', DECIMAL_HELP)
    .option(
      '--label-column <column>',
      'column of the true values, in the rows or in --labels (default: label): adds the performance of the model on these rows, the reference for live labels',
    )
    .option('--labels <file>', 'file of the true values, in the order of the rows unless --label-id is given')
    .option('--label-id <column>', 'column that names a row in both files')
    .option(
      '--duration <time>',
      'time over which the rows came, such as 14d, when they are in its order: tells windows shorter than a season from longer ones',
      durationMs,
    )
    .option('--model <name>', 'the model it is for (default: any)')
    .option('--model-version <version>', 'the version it is for (default: any)')
    .option('--json', 'print what was built as JSON')
  addConfigFlags(build).action(buildFile)
  addExamples(build, [
    'modeltap baseline build --input train.csv --output baseline.json --predictions label probability',
    'modeltap baseline build --input validation.csv --output baseline.json --predictions label probability --label-column truth',
    'modeltap baseline build --input train.parquet --output baseline.json --features age income=annual_income',
  ])
  const merge = group
    .command('merge')
    .description('make one baseline of those of parts of the rows')
    .argument('<files...>', 'baseline files')
    .requiredOption('--output <file>', 'the baseline file to write')
    .option('--model <name>', 'the model it is for (default: any)')
    .option('--model-version <version>', 'the version it is for (default: any)')
    .option('--json', 'print what was merged as JSON')
  addConfigFlags(merge).action(mergeFiles)
  addExamples(merge, ['modeltap baseline merge part-1.json part-2.json --output baseline.json'])
  registerDiff(group)
  const inspect = group
    .command('inspect')
    .description('print a baseline for a person')
    .argument('<file>', 'a baseline file')
    .option('--json', 'as JSON')
    .action(async (file: string, { json }: { readonly json?: boolean }) => {
      const baseline = await loadBaseline(file)
      if (json === true)
        print(JSON.stringify({ ...joinColumns(baseline), warnings: baselineWarnings(baseline) }))
      else print(describeBaseline(baseline))
    })
  addExamples(inspect, [
    'modeltap baseline inspect baseline.json',
    'modeltap baseline inspect baseline.json --json',
  ])
}

type MergeFlags = Pick<BuildFlags, 'output' | 'config' | 'model' | 'modelVersion' | 'json'>

async function mergeFiles(
  files: readonly string[],
  { output, config: configFile, ...flags }: MergeFlags,
): Promise<void> {
  const { config } = loadFromFlags(configFile === undefined ? {} : { config: configFile })
  const parts = await Promise.all(files.map((file) => loadBaseline(file)))
  const withPerformance = files.filter((_, index) => parts[index]?.performance !== undefined)
  const baseline = mergeBaselines(parts, {
    model: flags.model ?? config.model.name ?? '',
    version: flags.modelVersion ?? config.model.version ?? '',
    source: files.join(', '),
    createdEpochMs: systemClock.epochMs(),
    maxCategories: config.limits.categories,
    privacy: config.privacy,
  })
  await saveBaseline(baseline, output)
  const warnings = [
    ...(withPerformance.length === 0
      ? []
      : [
          `the performance in ${withPerformance.join(', ')} is left out, since that of all rows does not follow from it: build one baseline with --label-column`,
        ]),
    ...baselineWarnings(baseline),
  ]
  if (flags.json === true) {
    print(JSON.stringify({ ...factsOf(baseline, output), warnings }))
    return
  }
  print(
    `${output}: ${count(baseline.rows)} rows of ${files.length} baselines, ${count(baseline.columns.length)} columns`,
  )
  for (const warning of warnings) print(`warning: ${warning}`)
}

function factsOf({ rows, columns, uncompared = [] }: Baseline, output: string) {
  return {
    output,
    rows,
    columns: columns.map(({ role, name, kind }) => ({ role, name, kind })),
    notCompared: uncompared.map(({ role, name, kind }) => ({ role, name, kind })),
  }
}

async function buildFile({
  input,
  output,
  config: configFile,
  missing,
  decimal,
  labels: labelFile,
  labelId,
  labelColumn,
  ...flags
}: BuildFlags): Promise<void> {
  const { config: loaded } = loadFromFlags({
    ...(configFile !== undefined && { config: configFile }),
    ...(missing !== undefined && { missing }),
    ...(decimal !== undefined && { decimal }),
  })
  const labels =
    labelFile === undefined && labelColumn === undefined
      ? undefined
      : { file: labelFile, id: labelId, column: labelColumn ?? 'label', chunkRows: undefined }
  const fields = fieldsWithLabels(loaded.tail.fields, labels)
  const config = { ...loaded, tail: { ...loaded.tail, fields } }
  // Checked before anything is opened: open handles keep the process running.
  inputFormatOf(input)
  const notes: string[] = []
  const progress = watchProgress()
  const rows = readRows(input, {
    choice: { features: flags.features, predictions: flags.predictions },
    fields: config.tail.fields,
    latencyUnit: config.tail.latencyUnit,
    columnNames: config.columnNames,
    maxColumns: config.limits.features,
    missing: new Set(config.baseline.missing),
    decimal: config.baseline.decimal,
    decoding: decodingOf(config, { maxBodyBytes: config.limits.bodyBytes }),
    onOpen: progress.onOpen,
    onNote: (note) => notes.push(note),
  })
  const built = await buildBaseline(rows, {
    model: flags.model ?? config.model.name ?? '',
    version: flags.modelVersion ?? config.model.version ?? '',
    source: input,
    createdEpochMs: systemClock.epochMs(),
    durationMs: flags.duration,
    limits: {
      ...config.limits,
      kinds: config.baseline.kinds,
      privacy: config.privacy,
      presentMs: systemClock.epochMs(),
      // Explicit features mean that the user knows the columns of requests.
      isTraining: flags.features === undefined,
    },
    onLeftOut: (column) => notes.push(leftOutNote(column)),
    onOverLimit: () =>
      notes.push(
        `the file has more columns than the ${config.limits.features} that are watched, or names over 256 characters; the rest is left out: choose columns with --features, or raise limits.features`,
      ),
    onProgress: progress.onRows,
  }).finally(progress.end)
  const days = createProgress(process.stderr)
  const { baseline, isTimed, outOfOrder } = await learnDays({
    file: input,
    config,
    baseline: built,
    durationMs: flags.duration,
    choice: { features: flags.features, predictions: flags.predictions },
    onProgress: days.update,
  }).finally(days.end)
  if (baseline === built && outOfOrder > 0)
    notes.push(
      `${percent(outOfOrder)} of the rows have a time stamp before that of an earlier row, so that nothing is known of how days differ: sort the file by its time stamps`,
    )
  else if (isTimed && flags.duration !== undefined)
    notes.push('the rows have time stamps: --duration is not needed')
  const choice = { features: flags.features, predictions: flags.predictions }
  const learned = labels && (await learnPerformance({ file: input, choice, config, labels }))
  if (learned !== undefined && learned.unlabelledRows > 0)
    notes.push(`${count(learned.unlabelledRows)} rows have no label`)
  await saveBaseline({ ...baseline, ...(learned && { performance: learned.outputs }) }, output)
  const warnings = [...notes, ...baselineWarnings(baseline)]
  if (flags.json === true) {
    print(JSON.stringify({ ...factsOf(baseline, output), performance: learned?.outputs, warnings }))
    return
  }
  print(`${output}: ${count(baseline.rows)} rows, ${count(baseline.columns.length)} columns`)
  for (const performance of learned?.outputs ?? []) print(describePerformance(performance))
  for (const line of takenFor(baseline)) print(line)
  for (const warning of warnings) print(`warning: ${warning}`)
  print(`next: modeltap run --upstream 127.0.0.1:8080 --baseline ${output}`)
}

const LEFT_OUT: Readonly<Record<LeftOutColumn['reason'], string>> = {
  index: 'is the number of the row; it is left out, since requests do not have it',
  label:
    'looks like the label; it is left out, since requests do not have it. To use it as the prediction: --predictions',
}

function leftOutNote({ name, reason }: LeftOutColumn): string {
  return `${name === '' ? 'the column without a name' : name} ${LEFT_OUT[reason]}${reason === 'label' ? ` ${name}` : ''}; where requests do have it, choose all features with --features`
}

const TAKEN_FOR: Readonly<Record<UncomparedKind, string>> = {
  identifier: 'identifiers, since nearly every value is new: not compared',
  timestamp: 'times: not compared; of live requests their age is',
  ignored: 'ignored',
}

/** One line for each kind. */
function takenFor({ uncompared = [] }: Baseline): string[] {
  return UNCOMPARED_KINDS.flatMap((kind) => {
    const names = uncompared.filter((column) => column.kind === kind).map(({ name }) => name)
    return names.length === 0
      ? []
      : [`${names.join(', ')}: ${TAKEN_FOR[kind]} (baseline.kinds decides otherwise)`]
  })
}

const PROGRESS_EVERY_MS = 200

/** A progress bar on a terminal, also during the second pass over a file. */
function watchProgress() {
  const bar = createProgress(process.stderr)
  let share = (): number => 0
  let rows = 0
  const timer = setInterval(() => bar.update(rows, share()), PROGRESS_EVERY_MS)
  return {
    onOpen: (shareOf: () => number): void => {
      share = shareOf
    },
    onRows: (count: number): void => {
      rows = count
    },
    end: (): void => {
      clearInterval(timer)
      bar.end()
    },
  }
}
