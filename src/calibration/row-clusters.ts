/**
 * Estimates how many live rows carry as much information as one independent row. Rows of one request, one client or one
 * moment are similar.
 *
 * It compares consecutive blocks of 64 rows or one request, and of 2, 4, … 32 times as many: the squared difference of
 * their shares, divided by that of independent rows (von Neumann's ratio). It compares neighbours instead of blocks
 * with their mean, so that the hour of the day does not count as clustering. The two largest differences are limited to
 * the third largest: the sudden start of a drift affects one or two pairs, and it must not raise the limits that should
 * detect it.
 */

/** Rows of the shortest block. */
export const BLOCK_ROWS = 64
const LENGTHS = 6
const FEWEST_PAIRS = 12
/** Standard errors above 1 from which a ratio is more than noise. */
const NOISE_ERRORS = 3
/** Pairs after which older ones are halved. */
const MOST_PAIRS = 2_000

interface Length {
  /** The block under construction from two shorter ones; rows by bin. */
  readonly joining: Float64Array
  joined: number
  readonly previous: Float64Array
  previousRows: number
  pairs: number
  /** Σ of squared differences of shares, and Σ expected for independent rows, in rows. */
  squares: number
  independent: number
  /** The three largest squares, largest first. */
  readonly largest: Float64Array
}

export type RowClustersState = readonly Readonly<Length>[]

export class RowClusters {
  #lengths: Length[]

  constructor(bins: number) {
    this.#lengths = Array.from({ length: LENGTHS }, () => ({
      joining: new Float64Array(bins),
      joined: 0,
      previous: new Float64Array(bins),
      previousRows: 0,
      pairs: 0,
      squares: 0,
      independent: 0,
      largest: new Float64Array(3),
    }))
  }

  /** @param counts rows by bin of the next block; not retained */
  add(counts: Float64Array): void {
    let block = counts
    for (const length of this.#lengths) {
      compare(length, block)
      for (let bin = 0; bin < block.length; bin += 1)
        length.joining[bin] = (length.joining[bin] as number) + (block[bin] as number)
      length.joined += 1
      if (length.joined < 2) return
      block = length.joining.slice()
      length.joining.fill(0)
      length.joined = 0
    }
  }

  /** Whether there were enough blocks. Before that, all rows of one request may count as one. */
  get isKnown(): boolean {
    return (this.#lengths[0]?.pairs ?? 0) >= FEWEST_PAIRS
  }

  /** ≥ 1: this many rows are worth one. */
  get rowsPerOne(): number {
    return this.#lengths.reduce((most, { pairs, squares, independent, largest }) => {
      if (pairs < FEWEST_PAIRS || independent <= 0) return most
      const [first = 0, second = 0, third = 0] = largest
      const ratio = (squares - first - second + 2 * third) / independent
      return ratio > 1 + NOISE_ERRORS * Math.sqrt(2 / pairs) ? Math.max(most, ratio) : most
    }, 1)
  }

  state(): RowClustersState {
    return structuredClone(this.#lengths)
  }

  /** @throws RangeError for counts of other bins */
  restore(state: RowClustersState): void {
    const bins = this.#lengths[0]?.joining.length
    if (state.some(({ joining, previous }) => joining.length !== bins || previous.length !== bins))
      throw new RangeError(`the blocks of rows do not have ${bins} bins`)
    this.#lengths = structuredClone(state) as Length[]
  }
}

function compare(length: Length, block: Float64Array): void {
  let rows = 0
  for (let bin = 0; bin < block.length; bin += 1) rows += block[bin] as number
  if (rows === 0) return
  const { previous, previousRows } = length
  if (previousRows > 0) {
    const each = 1 / rows + 1 / previousRows
    let squares = 0
    let independent = 0
    for (let bin = 0; bin < block.length; bin += 1) {
      const live = block[bin] as number
      const before = previous[bin] as number
      const together = (live + before) / (rows + previousRows)
      squares += (live / rows - before / previousRows) ** 2
      independent += together * (1 - together)
    }
    if (length.pairs >= MOST_PAIRS) {
      length.pairs /= 2
      length.squares /= 2
      length.independent /= 2
      for (let i = 0; i < length.largest.length; i += 1) length.largest[i] = (length.largest[i] as number) / 2
    }
    length.pairs += 1
    length.squares += squares / each
    rank(length.largest, squares / each)
    length.independent += independent
  }
  length.previous.set(block)
  length.previousRows = rows
}

/** Inserts a value into the largest ones. */
function rank(largest: Float64Array, value: number): void {
  let next = value
  for (let i = 0; i < largest.length; i += 1) {
    const here = largest[i] as number
    if (next <= here) continue
    largest[i] = next
    next = here
  }
}
