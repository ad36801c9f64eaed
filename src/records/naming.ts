/**
 * What columns are called. Named things keep their names; what a payload only numbers is named by position:
 *
 *     18.5        called "age"      age
 *     [1, 2, 3]   called "image"    image_0 image_1 image_2       ([1] alone: image)
 *     {"age": 3}  called "person"   person.age
 *     18.5        without a name    feature                       (the set's role: feature or prediction)
 *     [1, 2]      without a name    feature_0 feature_1
 *     {"age": 3}  without a name    age
 *
 * What is no single value becomes columns that say something of it:
 *
 *     free text                         _chars _words
 *     bytes                             _bytes
 *     more numbers than columns         _size _mean _stddev _min _max
 *     a prediction of probabilities     _class _confidence _margin _entropy, beside the numbered ones
 */
import { type ColumnSet, LONGEST_NAME } from './record-batch.ts'

/** How the values of one side, or of one tensor of it, are named. */
export interface Naming {
  /** Of the tensor or key; the empty string for rows that have no name. */
  readonly name: string
  /** From the configuration or from training data; replaces the numbered names of an array of the same length. */
  readonly names: readonly string[]
}

const MAX_CACHED = 512
const MAX_CACHED_LENGTH = 256
/** Bounded: emptied when full. Prefix → `prefix_0`, `prefix_1`, … so that a request builds no strings. */
const cache = new Map<string, string[]>()

/**
 * A name that no column may have, cut. It is still too long, so that its column is dropped and counted; but what is made
 * of it, for each of its members or rows, costs no more than of any other.
 */
function cut(name: string): string {
  return name.length > LONGEST_NAME ? name.slice(0, LONGEST_NAME + 1) : name
}

/** The name itself, or the role where there is none. */
export function nameOr({ role }: ColumnSet, name: string): string {
  return name === '' ? role : cut(name)
}

/** Names of `width` numbered values; the array may be longer. */
export function elementNames(set: ColumnSet, { name, names }: Naming, width: number): readonly string[] {
  return names.length === width ? names : numberedNames(nameOr(set, name), width)
}

export function scalarName(set: ColumnSet, { name, names }: Naming): string {
  return name === '' && names.length === 1 ? (names[0] ?? set.role) : nameOr(set, name)
}

/** @param index place among the members of its object */
export function memberName(prefix: string, key: string, index: number): string {
  const name = givenName(key, index)
  return prefix === '' ? name : cut(`${prefix}.${name}`)
}

/** A name that is there but empty, as the index of a data frame has, would be no label. */
export function givenName(name: string, index: number): string {
  return name === '' ? `column_${index}` : cut(name)
}

/** `feature_0`, `feature_1`, … of a prefix that is not empty. */
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
