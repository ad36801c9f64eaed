/** Turns the values selected in a document into rows. */
import type { Failure } from '../formats/failure.ts'
import { OVER_BUDGET } from '../formats/json-path.ts'
import { isObject } from '../formats/json-value.ts'
import { isByColumn, type Selection } from '../formats/selection.ts'
import type { Selector } from '../formats/selector.ts'

/** Rows in the form of `writeRows`, with the prefix for numbered values. */
export interface SelectedRows {
  readonly rows: readonly unknown[]
  readonly name: string
}

/**
 * With one selector: several nodes are the rows; a single node is the rows when it is an array of objects or arrays,
 * otherwise it is one row. An array of scalars is one row, unless it is as long as the other side has rows.
 *
 * By column: the nodes of each selector are its column, or the elements of its single node when all selectors have one.
 */
export function selectRows(
  selection: Selection,
  document: unknown,
  otherRows?: number,
): SelectedRows | { readonly failure: Failure } {
  if (isByColumn(selection)) return selectColumns(selection, document)
  const nodes = selection.select(document)
  const [only] = nodes
  if (nodes === OVER_BUDGET) return { failure: 'selector-budget' }
  if (nodes.length === 0) return { failure: 'selector-no-match' }
  const rows = nodes.length === 1 && Array.isArray(only) && isTable(only, otherRows) ? only : nodes
  if (rows.length === 0) return { failure: 'empty' }
  // Members of an object are columns by themselves; other values take the last name of the selector.
  return { rows, name: isObject(rows[0]) ? '' : (selection.lastName ?? '') }
}

function isTable(values: readonly unknown[], otherRows: number | undefined): boolean {
  return values.length === otherRows || values.some((value) => typeof value === 'object' && value !== null)
}

/** A selector without matches is a column of missing values, if another one matches. */
function selectColumns(
  selectors: ReadonlyMap<string, Selector>,
  document: unknown,
): SelectedRows | { readonly failure: Failure } {
  const columns: { readonly name: string; readonly nodes: readonly unknown[] }[] = []
  for (const [name, selector] of selectors) {
    const nodes = selector.select(document)
    if (nodes === OVER_BUDGET) return { failure: 'selector-budget' }
    if (nodes.length > 0) columns.push({ name, nodes })
  }
  if (columns.length === 0) return { failure: 'selector-no-match' }
  const areLists = columns.every(({ nodes }) => nodes.length === 1 && Array.isArray(nodes[0]))
  const cells = columns.map(({ name, nodes }) => ({
    name,
    values: areLists ? (nodes[0] as unknown[]) : nodes,
  }))
  const length = cells[0]?.values.length ?? 0
  if (length === 0) return { failure: 'empty' }
  if (cells.some(({ values }) => values.length !== length)) return { failure: 'rows-unequal' }
  const rows = Array.from({ length }, (_, row) =>
    Object.fromEntries(cells.map(({ name, values }) => [name, values[row]])),
  )
  return { rows, name: '' }
}
