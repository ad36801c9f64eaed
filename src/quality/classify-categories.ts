// HOT: per value
/** Counts the cells of a categorical column: kind of value and bin. */
import type { CategoricalColumn } from '../baseline/baseline.ts'
import type { Bins } from '../baseline/bins.ts'
import { categoryOfBoolean } from '../baseline/cell.ts'
import type { HashName } from '../baseline/name-hash.ts'
import { significant } from '../lib/significant.ts'
import { CELL, type Column } from '../records/record-batch.ts'
import type { ValueCounts } from './value-counts.ts'

/** Cached categories without their own bin, so that each is hashed once. */
const REMEMBERED = 4_096
const UNKNOWN = -1

/** Spellings in JSON, Python, R, PostgreSQL and databases without booleans. */
const TRUE_WORDS = ['true', 'True', 'TRUE', 't', 'T', '1'] as const
const FALSE_WORDS = ['false', 'False', 'FALSE', 'f', 'F', '0'] as const
const BOOLEAN_WORDS: ReadonlySet<string> = new Set([...TRUE_WORDS, ...FALSE_WORDS])

export class CategoryClassifier {
  readonly #bins = new Map<string, number>()
  readonly #missingBin: number
  /** Bin of categories that the baseline does not name. */
  readonly #unknownBin: number
  readonly #unseenBin: number
  /** Bins by hash, when the baseline has hashes instead of names. */
  readonly #hashes = new Map<string, number>()
  readonly #hashName: HashName | undefined
  readonly #remembered = new Map<string, number>()
  /** Bin of the boolean that a boolean column never had; in other columns booleans have a wrong type. */
  #unknownBoolean = UNKNOWN

  /** @param hashName undefined when the baseline has no hashes, or its key is unknown */
  constructor(column: CategoricalColumn, bins: Bins, hashName: HashName | undefined) {
    const { categories, rare, rareHashes = [], complete } = column
    const names = column.hashed === true ? this.#hashes : this.#bins
    for (const [bin, category] of categories.entries()) names.set(category, bin)
    for (const category of rare) this.#bins.set(category, bins.other)
    for (const hash of rareHashes) this.#hashes.set(hash, bins.other)
    this.#hashName = this.#hashes.size > 0 ? hashName : undefined
    this.#missingBin = bins.missing
    this.#unseenBin = bins.unseen
    const isReadable = this.#hashes.size === 0 || hashName !== undefined
    this.#unknownBin = complete && isReadable ? bins.unseen : bins.other
    if (column.hashed !== true) this.#addBooleanSpellings(categories)
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
          bin = this.#binOf(texts[row] ?? '')
          if (bin === UNKNOWN) bin = this.#unknownBin
          break
        case CELL.BOOLEAN:
          bin = this.#binOf(categoryOfBoolean(numbers[row] as number))
          if (bin === UNKNOWN) bin = this.#unknownBoolean
          break
        case CELL.NUMBER:
          // A number is valid only if the baseline has it as a category, for example from a CSV file. Data frames use
          // NaN for a missing text.
          bin = Number.isFinite(numbers[row])
            ? this.#binOf(String(significant(numbers[row] as number)))
            : this.#missingBin
          break
        case CELL.MISSING:
          bin = this.#missingBin
          break
        default:
          bin = UNKNOWN
      }
      if (bin < 0) values.wrongType += 1
      else if (bin === this.#missingBin) values.missing += 1
      else if (bin === this.#unseenBin) values.unseen += 1
      else values.valid += 1
      const place = bin < 0 ? this.#missingBin : bin
      counts[place] = (counts[place] as number) + 1
    }
  }

  #binOf(category: string): number {
    const known = this.#bins.get(category)
    if (known !== undefined) return known
    if (this.#hashName === undefined) return UNKNOWN
    const remembered = this.#remembered.get(category)
    if (remembered !== undefined) return remembered
    const bin = this.#hashes.get(this.#hashName(category)) ?? UNKNOWN
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear()
    this.#remembered.set(category, bin)
    return bin
  }

  /** In a column with booleans only, all their spellings are equal. */
  #addBooleanSpellings(categories: readonly string[]): void {
    if (categories.length === 0 || !categories.every((category) => BOOLEAN_WORDS.has(category))) return
    this.#unknownBoolean = this.#unknownBin
    for (const words of [TRUE_WORDS, FALSE_WORDS]) {
      const bins = words.flatMap((word) => this.#bins.get(word) ?? [])
      // If the baseline has two spellings, each keeps its own bin.
      const [bin] = bins
      if (bin === undefined) continue
      for (const word of words) if (!this.#bins.has(word)) this.#bins.set(word, bin)
    }
  }
}
