// HOT: per value
/**
 * The rows decoded from one exchange, column by column. Protocols and sources write them; quality, windows and bins
 * read them. A batch and its columns are reused, so readers must not keep references.
 */
import { looksPersonal } from '../lib/personal-data.ts'
import { cellNumber } from './cell-number.ts'
import type { DeclaredColumn } from './declared-column.ts'

/** Type of a cell on the wire. A later stage compares it with the baseline's type (`wrong_type`). */
export const CELL = { MISSING: 0, NUMBER: 1, TEXT: 2, BOOLEAN: 3, OTHER: 4 } as const

/** One named column: `rows` cells, each a tag of `CELL` and, by tag, a number in `numbers` or a string in `texts`. */
export class Column {
  readonly name: string
  /** Length ≥ rows; only the first `rows` cells belong to this batch. */
  tags: Uint8Array
  /** NUMBER: the value (including NaN and ±Infinity). BOOLEAN: 0 or 1. */
  numbers: Float64Array
  /** TEXT: the string. Integers that a double cannot hold are TEXT of their digits. */
  texts: string[]
  /** The generation of its set, which identifies the current batch. */
  generation = 0

  constructor(name: string, rows: number) {
    this.name = name
    this.tags = new Uint8Array(Math.max(rows, 1))
    this.numbers = new Float64Array(Math.max(rows, 1))
    this.texts = []
  }

  /** Marks all of `rows` cells as MISSING, growing when needed. The set releases texts at the end of the batch. */
  reset(rows: number): void {
    if (rows > this.tags.length) {
      this.tags = new Uint8Array(rows * 2)
      this.numbers = new Float64Array(rows * 2)
    } else if (rows === 1) {
      // Most requests hold one row; the native call costs ten times the store.
      this.tags[0] = CELL.MISSING
    } else {
      this.tags.fill(CELL.MISSING, 0, rows)
    }
  }

  setNumber(row: number, value: number): void {
    this.tags[row] = CELL.NUMBER
    this.numbers[row] = cellNumber(value)
  }

  /** An empty text is missing: CSV cannot distinguish the two, and a label cannot be empty. */
  setText(row: number, value: string): void {
    if (value === '') return
    // Longer texts are not categories, and category counters would retain them.
    if (value.length > LONGEST_CATEGORY) {
      this.setOther(row)
      return
    }
    this.tags[row] = CELL.TEXT
    this.texts[row] = value
  }

  setBoolean(row: number, value: boolean): void {
    this.tags[row] = CELL.BOOLEAN
    this.numbers[row] = value ? 1 : 0
  }

  /** A value of an unexpected type, for example an object. */
  setOther(row: number): void {
    this.tags[row] = CELL.OTHER
  }
}

/** Characters. */
const LONGEST_CATEGORY = 256
/** Cells that the pool of a set may retain between batches: 9 bytes each, plus texts. */
const MAX_POOLED_CELLS = 2_000_000
/** Maximum number of distinct names beyond the limit to count. */
const MAX_DROPPED_NAMES = 4_096
/** In characters. Every series of a column repeats its name. */
export const LONGEST_NAME = 256
/** Maximum length of compared vectors; the centroid of a baseline file has the same limit. */
export const LONGEST_VECTOR = 4_096

/**
 * The features or the predictions of a batch: at most `limit` columns; further ones are counted and left out. A set
 * without columns means that this side of the exchange was not readable, which differs from missing values.
 */
export class ColumnSet {
  /** Also the name for unnamed values. */
  readonly role: 'feature' | 'prediction'
  readonly limit: number
  /**
   * The first `#count` columns belong to the current batch; those after them belong to the previous batch. Rows of one
   * model usually have the same columns, so the next column is usually the one at the same position, and the list is
   * not rebuilt.
   */
  readonly #list: Column[] = []
  #count = 0
  /** Columns of the current batch beyond the limit, or with a name that cannot be a label; each name counts once. */
  droppedColumns = 0
  /** One for each row if the rows are embeddings, otherwise empty. Use it immediately; it must not be retained. */
  readonly vectors: ArrayLike<number>[] = []
  readonly #droppedNames = new Set<string>()
  #rows = 0
  #generation = 0
  // Bounded: a name enters only below the limit, and the map is cleared when old names fill it.
  readonly #pool = new Map<string, Column>()
  #pooledCells = 0
  readonly #sink = new Column('', 0)

  constructor(role: 'feature' | 'prediction', limit: number) {
    this.role = role
    this.limit = limit
  }

  /** The columns of the current batch, in the order of their first occurrence. */
  get columns(): readonly Column[] {
    if (this.#list.length > this.#count) this.#list.length = this.#count
    return this.#list
  }

  begin(rows: number): void {
    this.#rows = rows
    this.#generation += 1
    // Texts belong to clients; columns that never recur would retain them in the pool.
    for (let place = 0; place < this.#count; place += 1) {
      const { texts } = this.#list[place] as Column
      if (texts.length > 0) texts.length = 0
    }
    this.#count = 0
    if (this.droppedColumns > 0) this.#sink.texts.length = 0
    this.droppedColumns = 0
    if (this.vectors.length > 0) this.vectors.length = 0
    if (this.#droppedNames.size > 0) this.#droppedNames.clear()
    if (this.#pool.size > 4 * this.limit || this.#pooledCells > MAX_POOLED_CELLS) {
      this.#pool.clear()
      this.#pooledCells = 0
      this.#list.length = 0
    }
  }

  /**
   * The column with that name in the current batch; new columns start with all cells MISSING. Beyond the limit it
   * returns a column that is never read, so that callers need no branch.
   */
  column(name: string): Column {
    const place = this.#count
    const expected = this.#list[place]
    // The engine has one string for each member name of JSON objects, so this compares two pointers.
    const pooled = expected?.name === name ? expected : this.#pool.get(name)
    if (pooled?.generation === this.#generation) return pooled
    if (place >= this.limit || (pooled === undefined && !isLabel(name))) return this.#drop(name)
    const column = pooled ?? new Column(name, this.#rows)
    column.generation = this.#generation
    if (pooled === undefined) {
      this.#pool.set(name, column)
      this.#pooledCells += column.tags.length
    } else {
      const cells = column.tags.length
      column.reset(this.#rows)
      this.#pooledCells += column.tags.length - cells
    }
    if (column !== expected) this.#list[place] = column
    this.#count += 1
    return column
  }

  /** Renames the columns of the current batch by position. None of the new names is in the batch already. */
  rename(names: readonly string[]): void {
    for (let place = 0; place < this.#count; place += 1) {
      const from = this.#list[place] as Column
      const name = names[place] ?? from.name
      if (name === from.name) continue
      let to = this.#pool.get(name)
      if (to === undefined) {
        to = new Column(name, 1)
        this.#pool.set(name, to)
        this.#pooledCells += to.tags.length
      }
      const { tags, numbers, texts } = to
      to.tags = from.tags
      to.numbers = from.numbers
      to.texts = from.texts
      from.tags = tags
      from.numbers = numbers
      from.texts = texts
      to.generation = this.#generation
      from.generation = 0
      this.#list[place] = to
    }
  }

  /** Whether this side of the current batch was not read. */
  get isEmpty(): boolean {
    return this.#count === 0 && this.droppedColumns === 0
  }

  /** The column, if the current batch has it; `place` is the position to check first. */
  find(name: string, place = 0): Column | undefined {
    const expected = place < this.#count ? this.#list[place] : undefined
    if (expected?.name === name) return expected
    const pooled = this.#pool.get(name)
    return pooled?.generation === this.#generation ? pooled : undefined
  }

  /** Rows arrive in order; a repeated row, or a row after one without a vector, is ignored. */
  addVector(row: number, vector: ArrayLike<number>): void {
    if (this.vectors.length === row && vector.length <= LONGEST_VECTOR) this.vectors.push(vector)
  }

  #drop(name: string): Column {
    // Once for each batch: the sink is never read and only has to be long enough.
    if (this.droppedColumns === 0) this.#sink.reset(this.#rows)
    if (this.#droppedNames.size < MAX_DROPPED_NAMES) this.#droppedNames.add(name)
    this.droppedColumns = this.#droppedNames.size
    return this.#sink
  }
}

/**
 * Rejects names that cannot be labels. Lone surrogates all become the same replacement character in UTF-8, so two
 * columns would share their series. A member with a name that looks like an address or a number of a person is a value
 * in place of a name.
 */
function isLabel(name: string): boolean {
  return name.length <= LONGEST_NAME && name.isWellFormed() && !looksPersonal(name)
}

export class RecordBatch {
  rows = 0
  readonly features: ColumnSet
  readonly predictions: ColumnSet
  /** From the payload or the path; empty when neither names it. */
  model = ''
  version = ''
  /** Ids of the rows and their labels, if a source provides them; usually empty. */
  readonly ids: string[] = []
  readonly truths: unknown[] = []
  /** Milliseconds that the rows waited for their route to be learned; NaN when the time of arrival is unknown. */
  waitedMs = 0
  /** What the server's own description says of columns; the same object from batch to batch. */
  declared: readonly DeclaredColumn[] | undefined

  constructor(maxColumns: number) {
    this.features = new ColumnSet('feature', maxColumns)
    this.predictions = new ColumnSet('prediction', maxColumns)
  }

  /** Starts a new batch and removes all columns of the last one. */
  begin(rows: number): void {
    this.rows = rows
    this.features.begin(rows)
    this.predictions.begin(rows)
    this.model = ''
    this.version = ''
    if (this.ids.length > 0) this.ids.length = 0
    if (this.truths.length > 0) this.truths.length = 0
    this.waitedMs = 0
    this.declared = undefined
  }
}
