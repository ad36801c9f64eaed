/** The current place in a body during description, with its context. */
import type { Header } from './headers.ts'
import type { LeftOut, Level, Node } from './node.ts'

export interface Place {
  /** JSONPath. */
  readonly path: string
  /** Prefix of the columns below, dotted, relative to the row; empty for the row itself. */
  readonly name: string
  /** The last member name on the path. */
  readonly key: string
  readonly level: Level
  readonly depth: number
  /** Steps from the body, to find lists of rows. */
  readonly steps: readonly string[]
  /** Names for the elements of the next list with that length. */
  readonly header?: Header | undefined
}

export interface Describing {
  readonly role: 'feature' | 'prediction'
  /** Paths of the lists of rows. */
  readonly rows: ReadonlySet<string>
  /** Maximum columns of a side. */
  readonly maxColumns: number
  /** Configured names for values with only a position; used when the count matches. */
  readonly names: readonly string[]
  /** `describe`, for nested values. */
  readonly describe: (values: readonly unknown[], place: Place, context: Describing) => Node
  /** Remaining number of leaves. */
  budget: number
}

export function lengthNode(
  lengths: readonly number[],
  place: Place,
  { role }: Describing,
  of: 'list' | 'map' = 'list',
): Node {
  const { path, key, level, name } = place
  const column = name === '' ? `${role}_length` : `${name}_length`
  return { kind: 'length', of, path, key, level, name: column, lengths, leftOut: undefined }
}

export function skipped({ path, key }: Place, leftOut: LeftOut): Node {
  return { kind: 'skipped', path, key, leftOut }
}
