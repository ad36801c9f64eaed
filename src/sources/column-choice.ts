/** Selects the features and predictions among the columns of a file, and their names. */
import { ModeltapError } from '../errors.ts'
import { givenName } from '../records/naming.ts'

export interface ColumnChoice {
  /** Columns to read as features; by default all except predictions. `name=column` renames. */
  readonly features?: readonly string[] | undefined
  /** Columns to read as predictions; by default `prediction`, `predictions` and `prediction_…`. */
  readonly predictions?: readonly string[] | undefined
}

/** A column of the file and its name for monitoring. */
export interface ChosenColumn {
  readonly column: string
  readonly name: string
}

export interface ChosenColumns {
  readonly features: readonly ChosenColumn[]
  readonly predictions: readonly ChosenColumn[]
}

export interface AvailableColumns {
  readonly file: string
  /** In file order. */
  readonly columns: readonly string[]
  /** Not features unless selected: metadata of a row, the index of a data frame. */
  readonly leftOut?: ReadonlySet<string> | undefined
}

/** @throws ModeltapError INPUT_INVALID when a selected column does not exist. */
export function chooseColumns(
  { file, columns: available, leftOut }: AvailableColumns,
  { features, predictions }: ColumnChoice,
): ChosenColumns {
  const known = new Set(available)
  const find = (wanted: string): ChosenColumn => {
    const found = findColumn(known, wanted)
    if (found !== undefined) return found
    throw new ModeltapError('INPUT_INVALID', {
      message: `${file} has no column "${wanted}"`,
      hint: `Its columns are ${listOf(available)}. To monitor a column under another name, write name=column.`,
    })
  }
  const named = available.map((column, index) => ({ column, name: columnName(column, index) }))
  const chosenPredictions = predictions?.map(find) ?? named.filter(({ column }) => isPrediction(column))
  const taken = new Set(chosenPredictions.map(({ column }) => column))
  const chosenFeatures =
    features?.map(find) ?? named.filter(({ column }) => !taken.has(column) && leftOut?.has(column) !== true)
  return { features: chosenFeatures, predictions: chosenPredictions }
}

function findColumn(known: ReadonlySet<string>, wanted: string): ChosenColumn | undefined {
  if (known.has(wanted)) return { column: wanted, name: wanted }
  const padded = [...known].find((column) => column.trim() === wanted)
  if (padded !== undefined) return { column: padded, name: isPrediction(padded) ? wanted : padded }
  const equals = wanted.indexOf('=')
  const column = wanted.slice(equals + 1)
  return equals > 0 && known.has(column) ? { column, name: wanted.slice(0, equals) } : undefined
}

/** As in live rows: spaces belong to the name of a feature, while predictions are named by their protocol. */
export function columnName(column: string, index: number): string {
  return isPrediction(column) ? column.trim() : givenName(column, index)
}

/** Names of live predictions without a name in the payload. */
export function isPrediction(text: string): boolean {
  const column = text.trim()
  return column === 'prediction' || column === 'predictions' || column.startsWith('prediction_')
}

const LISTED = 20

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, LISTED).map((name) => `"${name}"`)
  return names.length > LISTED ? `${shown.join(', ')} and ${names.length - LISTED} more` : shown.join(', ')
}
