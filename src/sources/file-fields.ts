/** The metadata, features and predictions of a file, determined once from its first rows. */
import { chooseColumns, type ChosenColumn, type ColumnChoice } from './column-choice.ts'
import type { LatencyUnit } from './latency-unit.ts'
import { DEFAULT_FACTS, type DefaultFact, factsOf } from './line-facts.ts'
import { configuredFactKeys, LineFields } from './line-fields.ts'
import type { FieldsOptions } from './tail-options.ts'

export interface FileFieldsOptions {
  readonly file: string
  readonly fields: FieldsOptions
  readonly latencyUnit: LatencyUnit
  readonly choice: ColumnChoice
  /** Feature names of the baseline: these are always columns. */
  readonly baselineFeatures?: ReadonlySet<string> | undefined
  readonly onNote?: ((note: string) => void) | undefined
}

/** The first rows of a file. */
export interface SampledRows {
  /** Names of columns, or keys of the lines. */
  readonly keys: readonly string[]
  readonly values: (key: string) => readonly unknown[]
  /** Lines may omit missing values; a table has all of its columns. */
  readonly isTable: boolean
}

export interface FileFields {
  readonly fields: LineFields
  /** Columns that are metadata of a row and not features. */
  readonly factColumns: ReadonlySet<string>
}

export function fileFields(sampled: SampledRows, options: FileFieldsOptions): FileFields {
  const { fields, latencyUnit, choice, baselineFeatures } = options
  const columns = new Set([...(baselineFeatures ?? []), ...chosenNames(choice)])
  const facts = new Set([...factsOf(sampled.values)].filter((fact) => !columns.has(DEFAULT_FACTS[fact])))
  const found = new LineFields({ fields, latencyUnit, facts, columns })
  const factColumns = new Set([
    ...configuredFactKeys(fields),
    ...[...facts].map((fact) => DEFAULT_FACTS[fact]),
  ])
  tellFacts(sampled, facts, options)
  if (choice.features === undefined && choice.predictions === undefined) return { fields: found, factColumns }
  const chosen = choose(sampled, factColumns, options)
  return {
    factColumns,
    fields: new LineFields({
      fields: { ...fields, features: selection(chosen.features), predictions: selection(chosen.predictions) },
      latencyUnit,
      facts,
      columns,
    }),
  }
}

function tellFacts(
  { keys, values }: SampledRows,
  facts: ReadonlySet<DefaultFact>,
  { fields, onNote }: FileFieldsOptions,
): void {
  const taken = [...facts].map((fact) => DEFAULT_FACTS[fact]).filter((key) => keys.includes(key))
  if (taken.length > 0)
    onNote?.(
      `${taken.join(', ')}: taken for what is known of a row beside its features; where one is a feature, choose all of them with --features`,
    )
  for (const fact of ['model', 'version', 'latency'] as const) {
    const key = DEFAULT_FACTS[fact]
    if (!keys.includes(key) || facts.has(fact) || fields[fact] !== undefined) continue
    if (values(key).some((value) => value !== null && value !== undefined))
      onNote?.(
        `${key}: taken for a feature; where it is the ${fact} of a call, say tail.fields.${fact}: $.${key}`,
      )
  }
}

function choose(
  { keys, isTable }: SampledRows,
  leftOut: ReadonlySet<string>,
  { file, choice }: FileFieldsOptions,
) {
  const columns = isTable ? keys : [...new Set([...keys, ...chosenNames(choice)])]
  return chooseColumns({ file, columns, leftOut }, choice)
}

/** Names in the file; `name=column` renames. */
export function chosenNames({ features, predictions }: ColumnChoice): readonly string[] {
  return [...(features ?? []), ...(predictions ?? [])].map((name) => name.slice(name.indexOf('=') + 1))
}

function selection(columns: readonly ChosenColumn[]): Record<string, string> | undefined {
  if (columns.length === 0) return undefined
  return Object.fromEntries(columns.map(({ name, column }) => [name, `$[${JSON.stringify(column)}]`]))
}
