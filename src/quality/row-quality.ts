// HOT: per value
/** Problems of whole rows: missing, extra or reordered columns, repeated rows, rows with many outliers. */
import { CELL, type Column, type ColumnSet } from '../records/record-batch.ts'

/** Rows since the start. */
export interface RowCounts {
  readonly missingColumns: number
  readonly extraColumns: number
  readonly reordered: number
  /** Rows compared with earlier rows, and rows equal to one. */
  readonly compared: number
  readonly duplicates: number
}

/** Rows of a batch to compare with earlier ones; the first ones of a large batch. */
const COMPARED_ROWS = 64
/** Number of recent rows stored as hashes. */
const REMEMBERED_ROWS = 8_192

const words = new Float64Array(1)
const halves = new Uint32Array(words.buffer)

export class RowQuality {
  readonly #names: readonly string[]
  readonly #places: ReadonlyMap<string, number>
  /** Known but not required. */
  readonly #optional: ReadonlySet<string>
  readonly #hashes = new Uint32Array(REMEMBERED_ROWS)
  #missingColumns = 0
  #extraColumns = 0
  #reordered = 0
  #compared = 0
  #duplicates = 0

  /**
   * @param names the baseline's compared features, in order
   * @param optional its other features
   */
  constructor(names: readonly string[], optional: readonly string[] = []) {
    this.#names = names
    this.#optional = new Set(optional)
    this.#places = new Map(names.map((name, place) => [name, place]))
  }

  get counts(): RowCounts {
    return {
      missingColumns: this.#missingColumns,
      extraColumns: this.#extraColumns,
      reordered: this.#reordered,
      compared: this.#compared,
      duplicates: this.#duplicates,
    }
  }

  restore(saved: RowCounts): void {
    this.#missingColumns = saved.missingColumns
    this.#extraColumns = saved.extraColumns
    this.#reordered = saved.reordered
    this.#compared = saved.compared
    this.#duplicates = saved.duplicates
  }

  accept(features: ColumnSet, rows: number): void {
    this.#checkColumns(features, rows)
    const compared = Math.min(rows, COMPARED_ROWS)
    for (let row = 0; row < compared; row += 1) this.#compare(features.columns, row)
    this.#compared += compared
  }

  #checkColumns(features: ColumnSet, rows: number): void {
    const { columns } = features
    const names = this.#names
    let same = columns.length === names.length && features.droppedColumns === 0
    for (let i = 0; same && i < names.length; i += 1) same = (columns[i] as Column).name === names[i]
    if (same) return
    let known = 0
    let optional = 0
    let last = -1
    let inOrder = true
    for (let i = 0; i < columns.length; i += 1) {
      const place = this.#places.get((columns[i] as Column).name)
      if (place === undefined) {
        if (this.#optional.has((columns[i] as Column).name)) optional += 1
        continue
      }
      known += 1
      if (place < last) inOrder = false
      last = place
    }
    if (known < names.length) this.#missingColumns += rows
    if (columns.length + features.droppedColumns > known + optional) this.#extraColumns += rows
    if (!inOrder) this.#reordered += rows
  }

  #compare(columns: readonly Column[], row: number): void {
    let hash = 0x811c9dc5
    for (let i = 0; i < columns.length; i += 1) {
      const { tags, numbers, texts } = columns[i] as Column
      const tag = tags[row] as number
      hash = Math.imul(hash ^ (tag + i), 0x01000193)
      if (tag === CELL.NUMBER || tag === CELL.BOOLEAN) {
        words[0] = numbers[row] as number
        hash = Math.imul(hash ^ (halves[0] as number), 0x9e3779b1)
        hash = Math.imul(hash ^ (hash >>> 15) ^ (halves[1] as number), 0x85ebca6b)
      } else if (tag === CELL.TEXT) {
        hash = hashText(hash, texts[row] ?? '')
      }
      hash ^= hash >>> 13
    }
    // The slot and the entry come from one mix of the hash: the same row is found, and others hardly ever match.
    const place = (Math.imul(hash, 0xc2b2ae35) >>> 16) % REMEMBERED_ROWS
    const entry = (hash | 1) >>> 0
    if (this.#hashes[place] === entry) this.#duplicates += 1
    else this.#hashes[place] = entry
  }
}

const LONGEST_HASHED = 64

function hashText(start: number, text: string): number {
  let hash = Math.imul(start ^ text.length, 0x01000193)
  const length = Math.min(text.length, LONGEST_HASHED)
  for (let i = 0; i < length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}
