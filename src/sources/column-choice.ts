/** Which columns of a file are features, which are predictions, and what they are called. */
import { ModeltapError } from '../errors.ts'

export interface ColumnChoice {
  /** Columns to read as features; all that are no predictions when absent. `name=column` renames. */
  readonly features?: readonly string[] | undefined
  /** Columns to read as predictions; `prediction`, `predictions` and `prediction_…` when absent. */
  readonly predictions?: readonly string[] | undefined
  /** Columns that are facts of a row (line-fields.ts) and features only when they are chosen. */
  readonly facts?: ReadonlySet<string> | undefined
  /** Told of a column of `facts` that was left out; of JSON lines again at each. */
  readonly onFact?: ((column: string) => void) | undefined
}

/** A column of the file and the name under which it is monitored. */
export interface ChosenColumn {
  readonly column: string
  readonly name: string
}

export interface ChosenColumns {
  readonly features: readonly ChosenColumn[]
  readonly predictions: readonly ChosenColumn[]
}

/** @throws ModeltapError INPUT_INVALID when a chosen column is not among `available`. */
export function chooseColumns(
  available: readonly string[],
  { features, predictions, facts, onFact }: ColumnChoice,
  file: string,
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
  const chosenPredictions = predictions?.map(find) ?? available.filter(isPrediction).map(unchanged)
  const taken = new Set(chosenPredictions.map(({ column }) => column))
  const isFeature = (name: string): boolean => {
    if (taken.has(name)) return false
    if (facts?.has(name) !== true) return true
    onFact?.(name)
    return false
  }
  const chosenFeatures = features?.map(find) ?? available.filter(isFeature).map(unchanged)
  return { features: chosenFeatures, predictions: chosenPredictions }
}

function findColumn(known: ReadonlySet<string>, wanted: string): ChosenColumn | undefined {
  if (known.has(wanted)) return unchanged(wanted)
  const equals = wanted.indexOf('=')
  const column = wanted.slice(equals + 1)
  return equals > 0 && known.has(column) ? { column, name: wanted.slice(0, equals) } : undefined
}

function unchanged(column: string): ChosenColumn {
  return { column, name: column }
}

/** The names that live predictions have when a payload gives them none. */
export function isPrediction(column: string): boolean {
  return column === 'prediction' || column === 'predictions' || column.startsWith('prediction_')
}

const LISTED = 20

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, LISTED).map((name) => `"${name}"`)
  return names.length > LISTED ? `${shown.join(', ')} and ${names.length - LISTED} more` : shown.join(', ')
}
