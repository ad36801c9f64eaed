// HOT: per value
/**
 * Where the embeddings of a baseline point to, and how far each is from there: a column whose distribution moves when
 * texts are about something else, also when all vectors have the same length. No vector is kept.
 */
import type { ColumnSet } from '../records/record-batch.ts'

/** Cosine distance to the centroid of the baseline: 0 the same direction, 1 a right angle, 2 the opposite. */
export const DISTANCE_COLUMN = 'embedding_distance'
/**
 * Vectors before a direction is worth being compared with: what it lacks makes each distance longer, by a share of
 * about 1/vectors, and those of live rows are not.
 */
const MIN_VECTORS = 100
/** Precision far below the resolution of the statistics, at a third of the file size. */
const DIGITS = 6

export interface CentroidState {
  readonly sum: Float64Array
  readonly vectors: number
}

/** Adds up unit vectors, so that each counts alike whatever its length. */
export class CentroidBuilder {
  #sum: Float64Array | undefined
  #vectors = 0

  /**
   * Writes how far the rows of a batch are from those of the batches before it, and adds them. So the distances are of
   * vectors that had no part in the centroid, as those of live traffic are, and one pass is enough.
   */
  accept(set: ColumnSet, rows: number): void {
    const { vectors } = set
    const [first] = vectors
    if (first === undefined) return
    const sum = (this.#sum ??= new Float64Array(first.length))
    if (this.#vectors >= MIN_VECTORS) writeDistances(set, rows, sum)
    for (const vector of vectors) {
      const length = norm(vector)
      if (vector.length !== sum.length || !(length > 0 && length < Infinity)) continue
      for (let index = 0; index < sum.length; index += 1)
        sum[index] = (sum[index] as number) + (vector[index] as number) / length
      this.#vectors += 1
    }
  }

  /** A vector of length 1; `undefined` when too few vectors came. */
  centroid(): readonly number[] | undefined {
    return this.#sum === undefined || this.#vectors < MIN_VECTORS ? undefined : direction(this.#sum)
  }

  state(): CentroidState | undefined {
    return this.#sum && { sum: this.#sum.slice(), vectors: this.#vectors }
  }

  restore({ sum, vectors }: CentroidState): void {
    this.#sum = sum.slice()
    this.#vectors = vectors
  }
}

/** Vectors of another length, or of none, have no distance. */
export function writeDistances(set: ColumnSet, rows: number, centroid: ArrayLike<number>): void {
  if (set.vectors.length === 0) return
  const column = set.column(DISTANCE_COLUMN)
  // Another monitor may have written it in the same batch.
  column.reset(rows)
  const length = norm(centroid)
  for (const [row, vector] of set.vectors.entries()) {
    if (vector.length !== centroid.length) continue
    let dot = 0
    for (let index = 0; index < centroid.length; index += 1)
      dot += (vector[index] as number) * (centroid[index] as number)
    const cosine = dot / (length * norm(vector))
    // Of two equal directions rounding may leave a little more than 1.
    if (!Number.isNaN(cosine)) column.setNumber(row, Math.max(0, 1 - cosine))
  }
}

/** The direction of several centroids, each with its rows; `undefined` when they are not alike. */
export function mergeCentroids(
  parts: readonly { readonly centroid?: readonly number[] | undefined; readonly rows: number }[],
): readonly number[] | undefined {
  const size = parts[0]?.centroid?.length
  if (size === undefined || parts.some(({ centroid }) => centroid?.length !== size)) return undefined
  const sum = new Float64Array(size)
  for (const { centroid = [], rows } of parts) {
    const scale = rows / norm(centroid)
    for (const [index, value] of centroid.entries()) sum[index] = (sum[index] as number) + value * scale
  }
  return direction(sum)
}

function direction(sum: Float64Array): readonly number[] | undefined {
  const length = norm(sum)
  if (!(length > 0)) return undefined
  return Array.from(sum, (value) => Number((value / length).toPrecision(DIGITS)))
}

/** The Euclidean length. */
function norm(vector: ArrayLike<number>): number {
  let squares = 0
  for (let index = 0; index < vector.length; index += 1) squares += (vector[index] as number) ** 2
  return Math.sqrt(squares)
}
