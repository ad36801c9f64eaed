/**
 * How much more the counts of consecutive rows vary than those of independent rows would, at worst: in the number of
 * rows of any bin, below any edge, and in the mean bin. Measured over blocks of several lengths at once.
 *
 * Real traffic comes in sessions, batches and hours of the day, so that n rows say less than n independent ones. The
 * worst direction counts and not the average: rows that are alike move the whole distribution to one side, and it is
 * that side to which a drift score answers. Blocks that are short against a stretch of like rows see little of it, and
 * blocks as long as a season average it out, so there is a ratio for each length. As few long blocks are noisy, a
 * length keeps the ratio of shorter ones unless it shows clearly more or clearly less; the uncertainty of the length
 * that it was taken from is added on top.
 */

/** Rows of the shortest block; each further length is twice the one before. */
export const SHORTEST_BLOCK = 64
const LENGTHS = 15
const FEWEST_BLOCKS = 12
/** Standard errors by which a ratio has to exceed 1 before it is more than noise; the worst of many is looked at. */
const NOISE_ERRORS = 4
/** And by which it has to differ from the ratio of shorter blocks, or is raised as an upper bound. */
const STEP_ERRORS = 2
/** Rows that a bin needs over all blocks; the variance of rarer ones is too noisy to say anything. */
const FEWEST_ROWS = 50

/** One quantity of a block, such as the rows of one bin: its sum and its sum of squares over complete blocks. */
interface Sums {
  readonly total: Float64Array
  readonly squares: Float64Array
}

interface BlockLength {
  readonly rows: number
  blocks: number
  /** Rows by bin of the block that is being filled. */
  readonly current: Float64Array
  readonly bins: Sums
  /** Rows in the bin and all before it. */
  readonly below: Sums
  /** Index 0: the sum of the rows' bin indices. */
  readonly index: Sums
}

const newSums = (length: number): Sums => ({
  total: new Float64Array(length),
  squares: new Float64Array(length),
})

function addTo({ total, squares }: Sums, place: number, value: number): void {
  total[place] = (total[place] as number) + value
  squares[place] = (squares[place] as number) + value * value
}

/** Plain data that a restart has to know. */
export interface DispersionState {
  readonly bins: number
  readonly rows: number
  readonly lengths: readonly Readonly<BlockLength>[]
}

export class Dispersion {
  readonly #bins: number
  #lengths: readonly BlockLength[]
  #rows = 0

  /** @param bins in the order of the values where they have one */
  constructor(bins: number) {
    this.#bins = bins
    this.#lengths = Array.from({ length: LENGTHS }, (_, power) => ({
      rows: SHORTEST_BLOCK * 2 ** power,
      blocks: 0,
      current: new Float64Array(bins),
      bins: newSums(bins),
      below: newSums(bins),
      index: newSums(1),
    }))
  }

  /** Counts the next row, which is in `bin`. */
  add(bin: number): void {
    const [shortest] = this.#lengths as [BlockLength]
    shortest.current[bin] = (shortest.current[bin] as number) + 1
    this.#rows += 1
    if (this.#rows % SHORTEST_BLOCK === 0) this.#closeBlocks()
  }

  state(): DispersionState {
    return structuredClone({ bins: this.#bins, rows: this.#rows, lengths: this.#lengths })
  }

  static restored({ bins, rows, lengths }: DispersionState): Dispersion {
    const dispersion = new Dispersion(bins)
    dispersion.#rows = rows
    dispersion.#lengths = structuredClone(lengths)
    return dispersion
  }

  /** ≥ 1, by length of block, shortest first: n rows of a block are worth n / ratio independent ones. */
  get ratios(): number[] {
    let ratio = 1
    let error = 0
    return this.#lengths
      .filter(({ blocks }) => blocks >= FEWEST_BLOCKS)
      .map((length) => {
        const relativeError = Math.sqrt(2 / (length.blocks - 1))
        const worst = worstRatio(length)
        const isNoise = worst < 1 + NOISE_ERRORS * relativeError
        const isMore = !isNoise && worst * (1 - STEP_ERRORS * relativeError) > ratio
        const isLess = worst * (1 + STEP_ERRORS * relativeError) < ratio
        if (isMore || isLess) {
          ratio = Math.max(1, worst)
          error = relativeError
        }
        return ratio * (1 + STEP_ERRORS * error)
      })
  }

  #closeBlocks(): void {
    for (const [power, length] of this.#lengths.entries()) {
      if (this.#rows % length.rows !== 0) return
      const longer = this.#lengths[power + 1]?.current
      let below = 0
      let index = 0
      for (let bin = 0; bin < this.#bins; bin += 1) {
        const count = length.current[bin] as number
        below += count
        index += bin * count
        addTo(length.bins, bin, count)
        addTo(length.below, bin, below)
        if (longer !== undefined) longer[bin] = (longer[bin] as number) + count
      }
      addTo(length.index, 0, index)
      length.current.fill(0)
      length.blocks += 1
    }
  }
}

/**
 * What the columns' ratios have in common, by length of block: their median, which is less noisy than each. Rows that
 * come in stretches do so for all columns, so that none is given less.
 */
export function commonDispersions(columns: readonly (readonly number[])[]): number[] {
  const lengths = Math.max(0, ...columns.map((ratios) => ratios.length))
  return Array.from({ length: lengths }, (_, length) => {
    const ratios = columns.flatMap((column) => column[length] ?? [])
    return ratios.toSorted((a, b) => a - b)[ratios.length >> 1] ?? 1
  })
}

/** A column's ratios, none less than what is common. */
export function withCommon(ratios: readonly number[], common: readonly number[]): number[] {
  return common.map((least, length) => Math.max(least, ratios[length] ?? 1))
}

/** Largest ratio of a quantity's variance over blocks to that of independent rows. */
function worstRatio({ rows, blocks, bins, below, index }: BlockLength): number {
  const all = rows * blocks
  let worst = 0
  for (const sums of [bins, below]) {
    for (const [place, total] of sums.total.entries()) {
      const share = total / all
      if (Math.min(total, all - total) < FEWEST_ROWS) continue
      worst = Math.max(worst, varianceOver(sums, place, blocks) / (rows * share * (1 - share)))
    }
  }
  const meanIndex = (index.total[0] as number) / all
  const indexVariance = bins.total.reduce(
    (sum, count, bin) => sum + (count / all) * (bin - meanIndex) ** 2,
    0,
  )
  if (indexVariance > 0) worst = Math.max(worst, varianceOver(index, 0, blocks) / (rows * indexVariance))
  return worst
}

function varianceOver({ total, squares }: Sums, place: number, blocks: number): number {
  const sum = total[place] as number
  return ((squares[place] as number) - (sum * sum) / blocks) / (blocks - 1)
}
