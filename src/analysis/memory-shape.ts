/** Validates stored memory of learned days before any of it is restored. */
import type { ColumnMemoryState, HourCounts, WindowMemory } from '../baseline/memory.ts'
import type { ColumnCalibrationState } from '../calibration/column-calibration.ts'
import type { RowClustersState } from '../calibration/row-clusters.ts'
import {
  amount,
  anyNumber,
  finite,
  floats,
  list,
  optional,
  positive,
  record,
  type Shape,
} from '../checkpoints/shape.ts'

// A parsed list has no other owner, so it may be mutable.
const amounts = list(amount) as Shape<number[]>
const numbers = list(finite) as Shape<number[]>

const hours = record<HourCounts>({
  bins: list(amounts) as Shape<number[][]>,
  values: amounts,
  locations: numbers,
})
const windowMemory = record<WindowMemory>(
  {
    ...{ windowMs: positive, days: amount, weight: amount, noise: amount },
    ...{ excess: numbers, largest: numbers, bias: numbers },
    ...{ clusterExcess: finite, clusterVariance: amount },
    ...{ steps: amount, stepSquares: amount, largestStep: amount },
    dayLargest: optional(amounts),
  },
  ({ excess, largest, bias }) =>
    excess.length === largest.length && bias.length === excess.length
      ? undefined
      : 'directions of unequal number',
)
export const memoryShape = record<ColumnMemoryState>({ days: amount, hours, windows: list(windowMemory) })

export const calibrationShape = record<ColumnCalibrationState>({
  memory: memoryShape,
  today: record<ColumnCalibrationState['today']>({
    hours,
    windows: list(windowMemory),
    locations: list(anyNumber),
  }),
  locations: list(anyNumber),
  clusters: list(
    record<RowClustersState[number]>({
      ...{ joining: floats(amount), joined: amount, previous: floats(amount), previousRows: amount },
      ...{ pairs: amount, squares: amount, independent: amount, largest: floats(amount) },
    }),
  ),
})
