/** Where in a body describing is, and what it has to know there. */
import type { Header } from './headers.ts'
import type { LeftOut, Level, Node } from './node.ts'

export interface Place {
  /** JSONPath. */
  readonly path: string
  /** Of the columns below, dotted, counted from the row; the empty string for the row itself. */
  readonly name: string
  /** The last member name on the way. */
  readonly key: string
  readonly level: Level
  readonly depth: number
  /** Steps from the body, for finding lists of rows. */
  readonly steps: readonly string[]
  /** Names for the elements of the next list of that length. */
  readonly header?: Header | undefined
}

export interface Describing {
  readonly role: 'feature' | 'prediction'
  /** Paths of the lists of rows. */
  readonly rows: ReadonlySet<string>
  /** Columns of a side. */
  readonly maxColumns: number
  /** Of the configuration, for values that the payload only numbers; used where the count agrees. */
  readonly names: readonly string[]
  /** `describe`, for what is inside. */
  readonly describe: (values: readonly unknown[], place: Place, context: Describing) => Node
  /** Leaves that may still be made. */
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
