// HOT: per value
/**
 * The rows decoded from one exchange, column by column. Protocols and sources write it, quality, windows and
 * bins read it. A batch and its columns are reused: whoever reads one keeps nothing of it.
 */
import { looksPersonal } from '../lib/personal-data.ts'
import { cellNumber } from './cell-number.ts'

/** What a cell holds. The wire's own type, not the baseline's: `wrong_type` is for a later stage to say. */
export const CELL = { MISSING: 0, NUMBER: 1, TEXT: 2, BOOLEAN: 3, OTHER: 4 } as const

/** One named column: `rows` cells, each a tag of `CELL` and, by tag, a number in `numbers` or a string in `texts`. */
export class Column {
  readonly name: string
  /** Length ≥ rows; only the first `rows` cells are of this batch. */
  tags: Uint8Array
  /** NUMBER: the value (NaN and ±Infinity as they came). BOOLEAN: 0 or 1. */
  numbers: Float64Array
  /** TEXT: the string. Integers that a double cannot hold come as TEXT of their digits. */
  texts: string[]
  /** Of the set that it belongs to: the batch that it is part of. */
  generation = 0

  constructor(name: string, rows: number) {
    this.name = name
    this.tags = new Uint8Array(Math.max(rows, 1))
    this.numbers = new Float64Array(Math.max(rows, 1))
    this.texts = []
  }

  /** Makes all of `rows` cells MISSING, growing when needed. Texts are let go of by the set, when the batch is over. */
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

  /** An empty text is missing: a CSV file cannot tell the two apart, and a label cannot be empty. */
  setText(row: number, value: string): void {
    if (value === '') return
    // No category is as long, and what counts categories would keep it.
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

  /** A value that is no number, string, boolean or null where one was expected: an object, say. */
  setOther(row: number): void {
    this.tags[row] = CELL.OTHER
  }
}

/** Characters. */
const LONGEST_CATEGORY = 256
/** Cells that the pool of a set may hold on to between batches: 9 bytes each, beside the texts. */
const MAX_POOLED_CELLS = 2_000_000
/** Maximum number of distinct names beyond the limit that are counted. */
const MAX_DROPPED_NAMES = 4_096
/** Characters. A name is repeated in every series of its column. */
export const LONGEST_NAME = 256
/** Numbers of a vector that is compared with others; the direction of a baseline is as long, and part of its file. */
export const LONGEST_VECTOR = 4_096

/**
 * The features or the predictions of a batch: at most `limit` columns, the surplus counted and left out. A set
 * without any column says nothing of its side of the exchange (the payload was not usable), which is not the same as
 * values that are missing.
 */
export class ColumnSet {
  /** Also the word for what a payload does not name. */
  readonly role: 'feature' | 'prediction'
  readonly limit: number
  /**
   * The columns of the current batch are the first `#count`. Behind them are those of the batch before: rows of one model
   * look alike, so the next column is mostly the one at the same place, and the list is not made anew.
   */
  readonly #list: Column[] = []
  #count = 0
  /** Columns of the current batch that were over the limit or whose name cannot be a label, each name once. */
  droppedColumns = 0
  /** One a row where the rows are embeddings, else none. For whoever compares them at once; nobody keeps one. */
  readonly vectors: ArrayLike<number>[] = []
  readonly #droppedNames = new Set<string>()
  #rows = 0
  #generation = 0
  // Bounded: a name enters only below the limit, and the map is emptied when old names fill it.
  readonly #pool = new Map<string, Column>()
  #pooledCells = 0
  readonly #sink = new Column('', 0)

  constructor(role: 'feature' | 'prediction', limit: number) {
    this.role = role
    this.limit = limit
  }

  /** The columns of the current batch, in the order in which they were first named. */
  get columns(): readonly Column[] {
    if (this.#list.length > this.#count) this.#list.length = this.#count
    return this.#list
  }

  begin(rows: number): void {
    this.#rows = rows
    this.#generation += 1
    // Texts are a client's own; columns that never come again would keep them in the pool.
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
   * The column of that name in the current batch, all cells MISSING when it is new. Over the limit a column that
   * nobody reads, so that callers need no branch.
   */
  column(name: string): Column {
    const place = this.#count
    const expected = this.#list[place]
    // The names of a JSON object's members are one string each in the engine, so this compares two pointers.
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

  /** Gives the columns of the current batch these names, by position. None of them is in the batch already. */
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

  /** Whether the current batch says nothing of this side: it was not read. */
  get isEmpty(): boolean {
    return this.#count === 0 && this.droppedColumns === 0
  }

  /** The column when the current batch has it; `place` is where it is looked for first. */
  find(name: string, place = 0): Column | undefined {
    const expected = place < this.#count ? this.#list[place] : undefined
    if (expected?.name === name) return expected
    const pooled = this.#pool.get(name)
    return pooled?.generation === this.#generation ? pooled : undefined
  }

  /** Rows come in their order; what comes for a row again, or after one without a vector, is left out. */
  addVector(row: number, vector: ArrayLike<number>): void {
    if (this.vectors.length === row && vector.length <= LONGEST_VECTOR) this.vectors.push(vector)
  }

  #drop(name: string): Column {
    // Once a batch: nobody reads the sink, it only has to be long enough.
    if (this.droppedColumns === 0) this.#sink.reset(this.#rows)
    if (this.#droppedNames.size < MAX_DROPPED_NAMES) this.#droppedNames.add(name)
    this.droppedColumns = this.#droppedNames.size
    return this.#sink
  }
}

/**
 * Halves of surrogate pairs are one replacement character in UTF-8, so that two columns would share their series. A
 * member that is called like an address or a number of somebody is a value in the place of a name.
 */
function isLabel(name: string): boolean {
  return name.length <= LONGEST_NAME && name.isWellFormed() && !looksPersonal(name)
}

export class RecordBatch {
  rows = 0
  readonly features: ColumnSet
  readonly predictions: ColumnSet
  /** From the payload or the path; the empty string when neither says. */
  model = ''
  version = ''
  /** What each row is called where a source says so, and what turned out to be true of it; mostly empty. */
  readonly ids: string[] = []
  readonly truths: unknown[] = []
  /** How long the rows waited until it was known how to read them, milliseconds; NaN when nobody knows when they came. */
  waitedMs = 0

  constructor(maxColumns: number) {
    this.features = new ColumnSet('feature', maxColumns)
    this.predictions = new ColumnSet('prediction', maxColumns)
  }

  /** Starts a new batch; every column of the last one is gone. */
  begin(rows: number): void {
    this.rows = rows
    this.features.begin(rows)
    this.predictions.begin(rows)
    this.model = ''
    this.version = ''
    if (this.ids.length > 0) this.ids.length = 0
    if (this.truths.length > 0) this.truths.length = 0
    this.waitedMs = 0
  }
}
