/** The scale for the numbers of a window: the baseline's spread, its range, and a finer grid. */
import { type Curve, quantile, shareUpTo } from '../sketches/curve.ts'

const CELLS = 64

export interface NumberScale {
  readonly median: number
  /** > 0. */
  readonly standardDeviation: number
  /** Values beyond these are clipped to them: the range of the middle 98 %, extended by its width on both sides. */
  readonly clip: readonly [low: number, high: number]
  /** Of the baseline's values. */
  readonly range: readonly [min: number, max: number]
  /** A quarter of the middle 98 %: values this far outside the range are distant. */
  readonly margin: number
  /** Edges of the finer grid. */
  readonly cells: Float64Array
}

export function numberScale(
  curve: Curve,
  {
    min,
    max,
    standardDeviation,
  }: { readonly min: number; readonly max: number; readonly standardDeviation: number },
): NumberScale {
  const [low, high] = [quantile(curve, 0.01), quantile(curve, 0.99)]
  const middle = high - low > 0 ? high - low : Math.max(max - min, standardDeviation)
  const edges = new Set(Array.from({ length: CELLS - 1 }, (_, i) => quantile(curve, (i + 1) / CELLS)))
  return {
    median: quantile(curve, 0.5),
    standardDeviation,
    clip: [low - middle, high + middle],
    range: [min, max],
    margin: middle / 4,
    cells: Float64Array.from(edges),
  }
}

/** The numeric part of `WindowFacts`. */
export interface NumberFacts {
  readonly location: number
  readonly far: number
  readonly outside: number
  readonly diversity: number
}

/**
 * @param valid share of the rows that have a number
 * @param wander in standard deviations, that days move the location by: so much further out is far
 */
export function numberFacts(
  { median, standardDeviation, clip, range, margin, cells }: NumberScale,
  curve: Curve,
  { valid, wander }: { readonly valid: number; readonly wander: number },
): NumberFacts {
  const beyond = margin + wander * standardDeviation
  const outside = (low: number, high: number): number => {
    const isInside = (curve.x[0] as number) >= low && (curve.x.at(-1) as number) <= high
    return isInside ? 0 : valid * (shareBelow(curve, low) + 1 - shareUpTo(curve, high))
  }
  return {
    location: (clippedMean(curve, clip) - median) / standardDeviation,
    far: outside(range[0] - beyond, range[1] + beyond),
    outside: outside(range[0], range[1]),
    diversity: 1 - sumOfSquares(curve, cells),
  }
}

export const NO_NUMBERS: NumberFacts = { location: 0, far: 0, outside: 0, diversity: 0 }

/** Mean of the numbers of a curve, with values beyond the ends clipped. */
export function clippedMean({ x, below, upto }: Curve, [low, high]: NumberScale['clip']): number {
  let sum = 0
  let before = 0
  let upToBefore = 0
  for (let i = 0; i < x.length; i += 1) {
    const at = Math.min(high, Math.max(low, x[i] as number))
    if (i > 0) sum += (((below[i] as number) - upToBefore) * (before + at)) / 2
    sum += ((upto[i] as number) - (below[i] as number)) * at
    before = at
    upToBefore = upto[i] as number
  }
  return sum
}

function shareBelow(curve: Curve, value: number): number {
  // For a repeated value, the part below it.
  return shareUpTo(curve, value - Math.abs(value) * Number.EPSILON - Number.MIN_VALUE)
}

function sumOfSquares(curve: Curve, cells: Float64Array): number {
  let before = 0
  let squares = 0
  for (let i = 0; i <= cells.length; i += 1) {
    const upTo = i === cells.length ? 1 : shareUpTo(curve, cells[i] as number)
    squares += (upTo - before) ** 2
    before = upTo
  }
  return squares
}
