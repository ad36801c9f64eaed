/**
 * Names of columns. Named values keep their names; values with only a position are numbered:
 *
 *     18.5        called "age"      age
 *     [1, 2, 3]   called "image"    image_0 image_1 image_2       ([1] alone: image)
 *     {"age": 3}  called "person"   person.age
 *     18.5        without a name    feature                       (the set's role: feature or prediction)
 *     [1, 2]      without a name    feature_0 feature_1
 *     {"age": 3}  without a name    age
 *
 * Values other than single cells become summary columns:
 *
 *     free text                         _chars _words
 *     bytes                             _bytes
 *     more numbers than columns         _size _mean _stddev _min _max
 *     a prediction of probabilities     _class _confidence _margin _entropy, beside the numbered ones
 */
import { type ColumnSet, LONGEST_NAME } from './record-batch.ts'

/** Naming of the values of one side, or of one tensor. */
export interface Naming {
  /** Name of the tensor or key; empty for rows without a name. */
  readonly name: string
  /** From the configuration or from training data; replaces the numbered names of an array with the same length. */
  readonly names: readonly string[]
}

const MAX_CACHED = 512
const MAX_CACHED_LENGTH = 256
/** Bounded: cleared when full. Prefix → `prefix_0`, `prefix_1`, … so that a request builds no strings. */
const cache = new Map<string, string[]>()

/**
 * Truncates a name that is too long. The result is still too long for a column, so the column is dropped and counted,
 * but names derived from it for members or rows cost no more than others.
 */
function cut(name: string): string {
  return name.length > LONGEST_NAME ? name.slice(0, LONGEST_NAME + 1) : name
}

/** The name itself, or the role without a name. */
export function nameOr({ role }: ColumnSet, name: string): string {
  return name === '' ? role : cut(name)
}

/** Names of `width` numbered values; the returned array may be longer. */
export function elementNames(set: ColumnSet, { name, names }: Naming, width: number): readonly string[] {
  return names.length === width ? names : numberedNames(nameOr(set, name), width)
}

export function scalarName(set: ColumnSet, { name, names }: Naming): string {
  return name === '' && names.length === 1 ? (names[0] ?? set.role) : nameOr(set, name)
}

/** @param index position among the members of its object */
export function memberName(prefix: string, key: string, index: number): string {
  const name = givenName(key, index)
  return prefix === '' ? name : cut(`${prefix}.${name}`)
}

/** Replaces an empty name, such as that of a data frame's index, which cannot be a label. */
export function givenName(name: string, index: number): string {
  return name === '' ? `column_${index}` : cut(name)
}

/** `feature_0`, `feature_1`, … for a non-empty prefix. */
export function numberedNames(prefix: string, width: number): readonly string[] {
  let numbered = cache.get(prefix)
  if (numbered === undefined) {
    numbered = []
    if (cache.size >= MAX_CACHED) cache.clear()
    if (prefix.length <= MAX_CACHED_LENGTH) cache.set(prefix, numbered)
  }
  for (let index = numbered.length; index < width; index += 1) numbered.push(`${prefix}_${index}`)
  return numbered
}
