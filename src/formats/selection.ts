/** Position of the columns in a document, as one selector or as one for each column. */
import { OVER_BUDGET } from './json-path.ts'
import { compileSelector, type Selector } from './selector.ts'

/** One selector with rows as its nodes, or a map from a column's name to its selector. */
export type Selection = Selector | ReadonlyMap<string, Selector>

export function isByColumn(selection: Selection): selection is ReadonlyMap<string, Selector> {
  return selection instanceof Map
}

/** Whether one of the selectors finds a node or exceeds its budget, which the decoder then reports. */
export function matchesAny(selection: Selection, document: unknown): boolean {
  const selectors = isByColumn(selection) ? [...selection.values()] : [selection]
  return selectors.some((selector) => {
    const nodes = selector.select(document)
    return nodes.length > 0 || nodes === OVER_BUDGET
  })
}

export function compileSelection(selection: string | Readonly<Record<string, string>>): Selection {
  if (typeof selection === 'string') return compileSelector(selection)
  const columns: [string, Selector][] = Object.entries(selection).map(([name, text]) => [
    name,
    compileSelector(text),
  ])
  return new Map(columns)
}
