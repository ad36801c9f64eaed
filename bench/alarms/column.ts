/**
 * A simulated column: fine cells over a standard normal latent, each with the value that stands for it, and the
 * baseline that the real code would have made of it. Cells instead of single values make a month of traffic cheap;
 * statistics, thresholds and dispersion are the product's own.
 */
import type { ColumnKind } from '../../src/baseline/column-kind.ts'
import { Dispersion } from '../../src/baseline/dispersion.ts'
import { normalTail } from '../../src/drift/distributions.ts'
import type { NumberComparison } from '../../src/drift/statistic.ts'
import { BinEdges } from '../../src/sketches/bin-edges.ts'
import { spreadIntegral, type Curve } from '../../src/sketches/curve.ts'

/** Latent borders: thirty cells of the middle and eight of each tail, out to one in a million. */
const TAILS = [4.75, 4.25, 3.75, 3.25, 2.9, 2.6, 2.33, 2.05]
const MIDDLE = Array.from({ length: 29 }, (_, i) => -1.75 + (3.5 * i) / 28)
const NUMERIC_BORDERS = [...TAILS.map((z) => -z), ...MIDDLE, ...TAILS.toReversed()]
const BINS = 10

export interface ColumnShape {
  readonly name: string
  readonly kind: ColumnKind
  /** Latent borders between cells, strictly increasing. */
  readonly borders: readonly number[]
  /** What a latent value is in the column's own unit; only for numbers. */
  readonly valueOf: (latent: number) => number
}

const numeric = (name: string, valueOf: (latent: number) => number): ColumnShape => ({
  name,
  kind: 'numeric',
  borders: NUMERIC_BORDERS,
  valueOf,
})

/** Borders that cut the latent into the given shares. */
function bordersOf(shares: readonly number[]): number[] {
  let tail = 1
  return shares.slice(0, -1).map((share) => {
    tail -= share
    return latentWithTail(tail)
  })
}

function latentWithTail(tail: number): number {
  let low = -8
  let high = 8
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (normalTail(middle) > tail) low = middle
    else high = middle
  }
  return low
}

const categorical = (name: string, shares: readonly number[]): ColumnShape => ({
  name,
  kind: 'categorical',
  borders: bordersOf(shares),
  valueOf: () => 0,
})

/** The mix of a model's columns; taken in turn. */
export const SHAPES: readonly ColumnShape[] = [
  numeric('normal', (z) => z),
  numeric('log-normal', (z) => Math.exp(z)),
  numeric('long tail', (z) => Math.sign(z) * Math.expm1(Math.abs(z) ** 1.5)),
  categorical('eight categories', [0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.03, 0.02]),
  numeric('uniform', (z) => 1 - normalTail(z)),
  categorical('rare categories', [0.6, 0.25, 0.1, 0.04, 0.007, 0.002, 0.0007, 0.0003]),
  categorical('yes or no', [0.85, 0.15]),
  {
    ...categorical('few numbers', [0.5, 0.25, 0.13, 0.07, 0.05]),
    kind: 'discrete',
    valueOf: (z) => Math.round(2 * z),
  },
]

/** Probability of each cell, the last one without a value, when the latent has that mean. */
export function probabilitiesOf({ borders }: ColumnShape, mean: number): Float64Array {
  const tails = [1, ...borders.map((border) => normalTail(border - mean)), 0, 0]
  return Float64Array.from({ length: borders.length + 2 }, (_, i) => (tails[i] ?? 0) - (tails[i + 1] ?? 0))
}

export class SimulatedColumn {
  readonly shape: ColumnShape
  /** Those of values, and behind them that of rows without one. */
  readonly cells: number
  /** Probability of each cell without drift. No row lacks a value then. */
  readonly probabilities: Float64Array
  /** Rows by cell of the baseline. */
  readonly baselineCells: Float64Array
  baselineRows = 0
  dispersions: readonly number[] = []
  /** Time over which the baseline's rows came. */
  baselineSeconds: number | undefined
  /** Bin of each cell, once the baseline is finished. */
  binOfCell: Uint8Array = new Uint8Array(0)
  baselineShares: Float64Array = new Float64Array(0)
  #edges: BinEdges
  #values: Float64Array
  #numbers: Omit<NumberComparison, 'live' | 'liveValues'> | undefined
  #dispersion: Dispersion | undefined

  constructor(shape: ColumnShape) {
    this.shape = shape
    this.cells = shape.borders.length + 2
    this.#edges = new BinEdges(Float64Array.from(shape.borders))
    this.probabilities = probabilitiesOf(shape, 0)
    this.#values = Float64Array.from({ length: this.missingCell }, (_, i) => {
      const low = shape.borders[i - 1] ?? (shape.borders[0] ?? 0) - 0.3
      const high = shape.borders[i] ?? (shape.borders.at(-1) ?? 0) + 0.3
      return shape.valueOf((low + high) / 2)
    })
    this.baselineCells = new Float64Array(this.cells)
  }

  get missingCell(): number {
    return this.cells - 1
  }

  cellOf(latent: number): number {
    return this.#edges.index(latent)
  }

  /** The next row of the baseline, in its order: dispersion is measured in bins made of the true shares. */
  learn(cell: number): void {
    this.#dispersion ??= new Dispersion(BINS)
    this.baselineCells[cell] = (this.baselineCells[cell] as number) + 1
    this.baselineRows += 1
    this.#dispersion.add(Math.min(BINS - 1, Math.floor(BINS * this.#below(cell))))
  }

  /** Bins, shares and curve, as the product makes them. */
  finish(): void {
    this.dispersions = this.#dispersion?.ratios ?? []
    this.binOfCell =
      this.shape.kind === 'numeric'
        ? this.#quantileBins()
        : Uint8Array.from({ length: this.cells }, (_, i) => i)
    this.baselineShares = this.sharesOf(this.baselineCells, this.baselineRows)
    if (this.shape.kind === 'categorical') return
    const baseline = this.curveOf(this.baselineCells, this.baselineRows)
    const [mean, square] = this.baselineCells.subarray(0, this.missingCell).reduce<[number, number]>(
      ([sum, squares], count, i) => {
        const value = this.#values[i] as number
        return [
          sum + (count * value) / this.baselineRows,
          squares + (count * value * value) / this.baselineRows,
        ]
      },
      [0, 0],
    )
    this.#numbers = {
      baseline,
      baselineValues: this.baselineRows,
      standardDeviation: Math.sqrt(square - mean * mean),
      spread: spreadIntegral(baseline),
    }
  }

  /** The numeric side of a comparison with rows by cell. */
  numbers(cells: Float64Array, rows: number): NumberComparison | undefined {
    const liveValues = rows - (cells[this.missingCell] as number)
    if (this.#numbers === undefined || liveValues === 0) return undefined
    return { ...this.#numbers, live: this.curveOf(cells, liveValues), liveValues }
  }

  sharesOf(cells: Float64Array, rows: number): Float64Array {
    const shares = new Float64Array((this.binOfCell.at(-1) ?? 0) + 1)
    for (let cell = 0; cell < this.cells; cell += 1) {
      const bin = this.binOfCell[cell] as number
      shares[bin] = (shares[bin] as number) + (cells[cell] as number) / rows
    }
    return shares
  }

  /** Every cell is one repeated value; empty ones are no knots. */
  curveOf(cells: Float64Array, values: number): Curve {
    const x = new Float64Array(this.missingCell)
    const below = new Float64Array(this.missingCell)
    const upto = new Float64Array(this.missingCell)
    let knots = 0
    let before = 0
    for (let cell = 0; cell < this.missingCell; cell += 1) {
      const count = cells[cell] as number
      if (count === 0) continue
      x[knots] = this.#values[cell] as number
      below[knots] = before / values
      before += count
      upto[knots] = before / values
      knots += 1
    }
    return { x: x.subarray(0, knots), below: below.subarray(0, knots), upto: upto.subarray(0, knots) }
  }

  #below(cell: number): number {
    let share = 0
    for (let i = 0; i < cell; i += 1) share += this.probabilities[i] as number
    return share
  }

  /** Ten bins of nearly equal shares of the baseline, made of whole cells, and that of missing values. */
  #quantileBins(): Uint8Array {
    let before = 0
    let bin = 0
    return Uint8Array.from(this.baselineCells, (count, cell) => {
      if (cell === this.missingCell) return BINS
      if (before >= ((bin + 1) * this.baselineRows) / BINS && bin < BINS - 1) bin += 1
      before += count
      return bin
    })
  }
}
