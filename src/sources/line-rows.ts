/**
 * Splits one JSON line of a prediction log into its two sides. A line is one of
 *
 *     {"features": {…} or rows, "predictions": …}       `prediction` means the same as `predictions`
 *     {"age": 30, "job": "cook", "prediction": 0.7}     flat, as the header and a row of a CSV file
 *     anything, with selectors
 *
 * with a timestamp, a model, a status and so on beside it (line-fields.ts). Columns have the same names as in live
 * traffic.
 */
import { isObject, type JsonObject } from '../formats/json-value.ts'
import type { Selection } from '../formats/selection.ts'
import { compileSelector, type Selector } from '../formats/selector.ts'
import type { Side } from '../records/pairing.ts'
import { rowSide } from '../records/row-side.ts'
import { selectRows } from '../records/select-rows.ts'
import { isPrediction } from './column-choice.ts'
import type { LineFields } from './line-fields.ts'

export interface LineSides {
  /** `undefined`: the line has no data of this side. */
  readonly features: Side | undefined
  readonly predictions: Side | undefined
  /** Neither configuration nor line marks these keys as columns. */
  readonly isGuess: boolean
}

/** Names for columns with only a position, from `columnNames`. */
export interface ColumnNames {
  readonly features: readonly string[]
  readonly predictions: readonly string[]
}

/** Without a last name, so that numbered columns have the same names as in live traffic. */
const nameless = (text: string): Selector => ({ ...compileSelector(text), lastName: undefined })
const FEATURES = nameless('$.features')
const PREDICTIONS = nameless('$.predictions')
const PREDICTION = nameless('$.prediction')

export function readLine(line: unknown, fields: LineFields, names: ColumnNames): LineSides {
  const { features, predictions } = fields
  const isNested = isObject(line) && isNestedLine(line, fields)
  const isFlat = !isNested && features === undefined && predictions === undefined
  if (isFlat) return isObject(line) ? flat(fields.columnsOf(line), names) : failed('shape-unknown')
  const own = isNested && 'predictions' in line ? PREDICTIONS : PREDICTION
  const featureSide = select(line, features ?? FEATURES, names.features)
  return {
    features: featureSide,
    predictions: select(line, predictions ?? own, names.predictions, featureSide?.rows),
    isGuess: false,
  }
}

/** A flat line may also have a column named `features`, but then it is a scalar. */
function isNestedLine(line: JsonObject, fields: LineFields): boolean {
  if (isContainer(line['features'])) return true
  const [only, ...others] = Object.keys(fields.columnsOf(line))
  return only === 'predictions' && others.length === 0 && isContainer(line['predictions'])
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** A selector without matches: the line has no data of this side. */
function select(
  line: unknown,
  selection: Selection,
  names: readonly string[],
  otherRows?: number,
): Side | undefined {
  const selected = selectRows(selection, line, otherRows)
  if (!('failure' in selected)) return rowSide(selected.rows, { name: selected.name, names })
  return selected.failure === 'selector-no-match' ? undefined : selected
}

function flat(columns: JsonObject, names: ColumnNames): LineSides {
  const entries = Object.entries(columns)
  const side = (
    wanted: readonly (readonly [string, unknown])[],
    given: readonly string[],
  ): Side | undefined =>
    wanted.length === 0 ? undefined : rowSide([Object.fromEntries(wanted)], { name: '', names: given })
  return {
    features: side(
      entries.filter(([key]) => !isPrediction(key)),
      names.features,
    ),
    predictions: side(
      entries.filter(([key]) => isPrediction(key)),
      names.predictions,
    ),
    isGuess: !entries.some(([key]) => isPrediction(key)),
  }
}

function failed(failure: 'shape-unknown'): LineSides {
  return { features: { failure }, predictions: undefined, isGuess: false }
}
