// HOT: per value
/**
 * Whether a column says the same in all rows of a call, such as the customer of a request about ten products. Then its
 * values are counted by call where the question is whether they are new.
 */
import { CELL, type Column } from '../records/record-batch.ts'

/** Share of the calls in which all rows are the same, from which the column is one of the call. */
const MOSTLY = 0.9
const FEWEST_CALLS = 20

/** Plain data that a restart has to know. */
export interface ColumnCallsState {
  /** With a value. */
  readonly calls: number
  readonly repeating: number
}

export class ColumnCalls {
  #calls = 0
  #repeating = 0

  /** @returns whether all rows are the same */
  add(column: Column, rows: number): boolean {
    if (column.tags[0] === CELL.MISSING) return false
    const isRepeated = isSame(column, rows)
    this.#calls += 1
    if (isRepeated) this.#repeating += 1
    return isRepeated
  }

  /** Calls, where the column is one of the call; `undefined` where it is one of the row. */
  get count(): number | undefined {
    return this.#calls >= FEWEST_CALLS && this.#repeating >= MOSTLY * this.#calls ? this.#calls : undefined
  }

  state(): ColumnCallsState {
    return { calls: this.#calls, repeating: this.#repeating }
  }

  restore({ calls, repeating }: ColumnCallsState): void {
    this.#calls = calls
    this.#repeating = repeating
  }
}

function isSame({ tags, numbers, texts }: Column, rows: number): boolean {
  const tag = tags[0]
  const isText = tag === CELL.TEXT
  for (let row = 1; row < rows; row += 1) {
    if (tags[row] !== tag) return false
    if (isText ? texts[row] !== texts[0] : numbers[row] !== numbers[0]) return false
  }
  return true
}
