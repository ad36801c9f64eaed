import { writeFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { loadBaseline } from '../baseline/load.ts'
import { restrictNames } from '../baseline/restrict-names.ts'
import { ModeltapError } from '../errors.ts'
import { inputFormatOf } from '../sources/input-formats.ts'
import { addConfigFlags, DECIMAL_HELP, MISSING_HELP } from './config-flag.ts'
import { loadFromFlags } from './configuration.ts'
import { addExamples } from './examples.ts'
import { print } from './print.ts'
import { createProgress } from './progress.ts'
import { replay } from './replay/engine.ts'
import { renderReport } from './replay/report.ts'
import { hasDrifted } from './replay/result.ts'
import { resultTable } from './replay/table.ts'
import { replayWarning } from './replay/warning.ts'

interface ReplayFlags {
  readonly input: string
  readonly baseline?: string
  readonly report?: string
  readonly json?: string
  readonly config?: string
  readonly features?: string[]
  readonly predictions?: string[]
  readonly missing?: string[]
  readonly decimal?: string
  readonly model?: string
  readonly modelVersion?: string
  readonly capture?: string
  readonly rate: number
  readonly failOnDrift?: boolean
  readonly labels?: string
  readonly labelId?: string
  readonly labelColumn?: string
  readonly chunkRows?: number
}

export function registerReplay(program: Command): void {
  const command = program
    .command('replay')
    .description('send a file of predictions through the same analysis, on its own clock')
    .requiredOption(
      '--input <file>',
      'JSON lines, CSV with a header, Parquet, or a recording of packets (pcap, pcapng); .gz allowed',
    )
    .option('--baseline <file>', 'baseline file; without one the first rows are learned')
    .option('--report <file>', 'write a self-contained HTML report')
    .option('--json <file>', 'write the result as JSON; - is stdout, instead of the table')
    .option(
      '--features <columns...>',
      'feature columns of flat rows; name=column renames (default: all but the predictions)',
    )
    .option('--predictions <columns...>', 'prediction columns (default: prediction and prediction_…)')
    .option('--missing <texts...>', MISSING_HELP)
    .option('--decimal <separator>', DECIMAL_HELP)
    .option('--model <name>', 'the model, where the rows do not name it')
    .option('--model-version <version>', 'its version')
    .option('--capture <ports>', 'ports of the model server in a recording (default: where requests go)')
    .option('--rate <rows>', 'rows a second, where the rows have no time stamp', positiveNumber, 1)
    .option('--labels <file>', 'what turned out to be true: CSV, JSON lines or Parquet')
    .option(
      '--label-id <column>',
      'the column that names a row in both files (default: labels are in the order of the rows)',
    )
    .option(
      '--label-column <column>',
      'the column of the labels (default: label); without --labels, of the rows themselves',
    )
    .option('--chunk-rows <rows>', 'also report performance per chunk of this many rows', positiveNumber)
    .option('--fail-on-drift', 'exit with 1 when a column has drifted over the whole file')
  addConfigFlags(command).action(run)
  addExamples(command, [
    'modeltap replay --input predictions.jsonl --baseline baseline.json --report report.html',
    'modeltap replay --input july.csv --baseline baseline.json --predictions score --fail-on-drift',
    'modeltap replay --input july.parquet --labels outcomes.csv --label-id order_id --json -',
  ])
}

async function run({
  input,
  report,
  json,
  rate,
  failOnDrift,
  features,
  predictions,
  labels,
  labelId,
  labelColumn,
  chunkRows,
  ...flags
}: ReplayFlags): Promise<void> {
  const { config } = loadFromFlags(flags)
  inputFormatOf(input)
  const { file } = config.baseline
  const baseline = file === undefined ? undefined : restrictNames(await loadBaseline(file), config.privacy)
  const progress = createProgress(process.stderr)
  const result = await replay({
    file: input,
    config,
    baseline,
    rowsPerSecond: rate,
    choice: { features, predictions },
    labels:
      labels === undefined && labelColumn === undefined
        ? undefined
        : { file: labels, id: labelId, column: labelColumn ?? 'label', chunkRows },
    onNote: (note) => progress.note(`note: ${note}`),
    onEvent: (event) => {
      const warning = replayWarning(event)
      if (warning !== undefined) progress.note(`warning: ${warning}`)
    },
    onProgress: progress.update,
  }).finally(progress.end)
  const text = `${JSON.stringify(result, null, 2)}\n`
  if (json === '-') process.stdout.write(text)
  else print(resultTable(result))
  if (json !== undefined && json !== '-') await write(json, text)
  if (report !== undefined) await write(report, renderReport(result))
  if (failOnDrift === true && hasDrifted(result)) process.exitCode = 1
}

function positiveNumber(text: string): number {
  const number = Number(text)
  if (Number.isFinite(number) && number > 0) return number
  throw new InvalidArgumentError('Allowed: a number above 0, such as 1 or 0.5.')
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (cause) {
    throw new ModeltapError('OUTPUT_UNWRITABLE', {
      message: `${file} cannot be written: ${(cause as Error).message}`,
      hint: 'Give a path in a directory that exists and that you may write to.',
      cause,
    })
  }
}
