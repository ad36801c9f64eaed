// HOT: per value
/** Columns about texts to embed and the returned vectors; the vectors are not stored. */
import { isObject } from '../formats/json-value.ts'
import { countCodePoints, countWords } from '../records/free-text.ts'
import type { Side } from '../records/pairing.ts'
import type { ColumnSet } from '../records/record-batch.ts'

/** A text or a list of texts; a list of numbers is one tokenised text, a list of such lists several. */
export function inputsSide(input: unknown): Side {
  const isList = Array.isArray(input) && typeof input[0] !== 'number'
  const inputs: readonly unknown[] = isList ? input : [input]
  if (input === undefined || inputs.length === 0) return { failure: 'empty' }
  return { rows: inputs.length, write: (set) => inputs.forEach((text, row) => writeInput(set, row, text)) }
}

function writeInput(set: ColumnSet, row: number, input: unknown): void {
  if (Array.isArray(input)) set.column('input_tokens').setNumber(row, input.length)
  else if (typeof input === 'string') {
    set.column('input_chars').setNumber(row, countCodePoints(input))
    set.column('input_words').setNumber(row, countWords(input))
  } else set.column('input_chars').setOther(row)
}

/** Vectors, or objects with one in `embedding`, in order; numbers or base64 of 32-bit floats. */
export function embeddingsSide(entries: unknown): Side {
  if (!Array.isArray(entries) || entries.length === 0) return { failure: 'shape-unknown' }
  const vectors = entries.map((entry: unknown) => vectorOf(isObject(entry) ? entry['embedding'] : entry))
  if (!vectors.every((vector) => vector !== undefined)) return { failure: 'shape-unknown' }
  return {
    rows: vectors.length,
    write: (set) => {
      const norms = set.column('embedding_norm')
      const sizes = set.column('embedding_size')
      vectors.forEach((vector, row) => {
        norms.setNumber(row, normOf(vector))
        sizes.setNumber(row, vector.length)
        set.addVector(row, vector)
      })
    },
  }
}

function vectorOf(embedding: unknown): ArrayLike<number> | undefined {
  if (typeof embedding === 'string') {
    const bytes = Uint8Array.from(Buffer.from(embedding, 'base64'))
    return bytes.length > 0 && bytes.length % 4 === 0 ? new Float32Array(bytes.buffer) : undefined
  }
  if (!Array.isArray(embedding) || embedding.length === 0) return undefined
  return embedding.every((value) => typeof value === 'number') ? embedding : undefined
}

/** The Euclidean length. */
export function normOf(vector: ArrayLike<number>): number {
  let squares = 0
  for (let index = 0; index < vector.length; index += 1) squares += (vector[index] ?? 0) ** 2
  return Math.sqrt(squares)
}
