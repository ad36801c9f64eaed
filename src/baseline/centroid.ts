// HOT: per value
/**
 * The mean direction of a baseline's embeddings, and the distance of each embedding from it. The distribution of this
 * column moves when texts have another subject, even if all vectors have the same length. No vector is stored.
 */
import type { ColumnSet } from '../records/record-batch.ts'

/**
 * Cosine distance to the centroid of the baseline: 0 for the same direction, 1 for a right angle, 2 for the opposite
 * direction.
 */
export const DISTANCE_COLUMN = 'embedding_distance'
/**
 * Minimum number of vectors for a centroid: the error of the centroid lengthens each distance by a share of about
 * 1/vectors, but not the distances of live rows.
 */
const MIN_VECTORS = 100
/** Precision far below the resolution of the statistics, at a third of the file size. */
const DIGITS = 6

export interface CentroidState {
  readonly sum: Float64Array
  readonly vectors: number
}

/** Adds up unit vectors, so that each has the same weight whatever its length. */
export class CentroidBuilder {
  #sum: Float64Array | undefined
  #vectors = 0

  /**
   * Writes the distance of each row of a batch from the centroid of the previous batches, then adds the batch. The
   * vectors therefore had no part in the centroid, as with live traffic, and one pass is enough.
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

  /** A vector of length 1; `undefined` with too few vectors. */
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

/** Vectors of another length, or missing ones, have no distance. */
export function writeDistances(set: ColumnSet, rows: number, centroid: ArrayLike<number>): void {
  if (set.vectors.length === 0) return
  const column = set.column(DISTANCE_COLUMN)
  // Another monitor may have written it for the same batch.
  column.reset(rows)
  const length = norm(centroid)
  for (const [row, vector] of set.vectors.entries()) {
    if (vector.length !== centroid.length) continue
    let dot = 0
    for (let index = 0; index < centroid.length; index += 1)
      dot += (vector[index] as number) * (centroid[index] as number)
    const cosine = dot / (length * norm(vector))
    // For two equal directions, rounding may give slightly more than 1.
    if (!Number.isNaN(cosine)) column.setNumber(row, Math.max(0, 1 - cosine))
  }
}

/** The direction of several centroids, each weighted by its rows; `undefined` when their lengths differ. */
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
