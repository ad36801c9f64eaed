// HOT: per value
/** Counts the cells of a categorical column: kind of value and bin. */
import type { CategoricalColumn } from '../baseline/baseline.ts'
import type { Bins } from '../baseline/bins.ts'
import { categoryOfBoolean } from '../baseline/cell.ts'
import { CELL, type Column } from '../records/record-batch.ts'
import type { ValueCounts } from './value-counts.ts'

const BOOLEAN_WORDS: ReadonlySet<string> = new Set(['true', 'false'])

export class CategoryClassifier {
  readonly #bins = new Map<string, number>()
  readonly #missingBin: number
  /** Where a category that the baseline does not name belongs. */
  readonly #unknownBin: number
  readonly #unseenBin: number

  constructor({ categories, rare, complete }: CategoricalColumn, bins: Bins) {
    for (const [bin, category] of categories.entries()) this.#bins.set(category, bin)
    for (const category of rare) this.#bins.set(category, bins.other)
    this.#missingBin = bins.missing
    this.#unseenBin = bins.unseen
    this.#unknownBin = complete ? bins.unseen : bins.other
    this.#addBooleanSpellings(categories)
  }

  /** `accept` of NumberClassifier, for categories. */
  accept(column: Column | undefined, rows: number, counts: Float64Array, values: ValueCounts): void {
    if (column === undefined) {
      values.missing += rows
      counts[this.#missingBin] = (counts[this.#missingBin] as number) + rows
      return
    }
    const { tags, numbers, texts } = column
    for (let row = 0; row < rows; row += 1) {
      let bin: number
      switch (tags[row]) {
        case CELL.TEXT:
          bin = this.#bins.get(texts[row] ?? '') ?? this.#unknownBin
          break
        case CELL.BOOLEAN:
          bin = this.#bins.get(categoryOfBoolean(numbers[row] as number)) ?? -1
          break
        case CELL.NUMBER:
          // A number is of this column only when the baseline, from a CSV file say, has it as a category.
          bin = this.#bins.get(String(numbers[row])) ?? -1
          break
        case CELL.MISSING:
          bin = this.#missingBin
          break
        default:
          bin = -1
      }
      if (bin < 0) values.wrongType += 1
      else if (bin === this.#missingBin) values.missing += 1
      else if (bin === this.#unseenBin) values.unseen += 1
      else values.valid += 1
      const place = bin < 0 ? this.#missingBin : bin
      counts[place] = (counts[place] as number) + 1
    }
  }

  /** Python writes True, JSON writes true: in a column of nothing else they are the same. */
  #addBooleanSpellings(categories: readonly string[]): void {
    if (categories.length === 0) return
    if (!categories.every((category) => BOOLEAN_WORDS.has(category.toLowerCase()))) return
    for (const [bin, category] of categories.entries()) {
      const word = category.toLowerCase()
      for (const spelling of [word, word.toUpperCase(), `${word.charAt(0).toUpperCase()}${word.slice(1)}`]) {
        if (!this.#bins.has(spelling)) this.#bins.set(spelling, bin)
      }
    }
  }
}
