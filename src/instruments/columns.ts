/** Iterates over the columns of a snapshot; shared by the metrics of features and predictions. */
import type { ColumnSnapshot, ColumnWindowSnapshot, ModelSnapshot, Snapshot } from '../analysis/snapshot.ts'
import type { ColumnRole } from '../baseline/column-kind.ts'

/** Spelling of the two roles in metric names, labels and help texts. */
export const ROLES = [
  { role: 'feature', label: 'feature', noun: 'feature' },
  { role: 'prediction', label: 'output', noun: 'prediction output' },
] as const satisfies readonly { role: ColumnRole; label: string; noun: string }[]
export type RoleWords = (typeof ROLES)[number]

export function eachColumn(
  snapshot: Snapshot,
  role: ColumnRole,
  visit: (model: ModelSnapshot, column: ColumnSnapshot) => void,
): void {
  for (const model of snapshot.models) {
    for (const column of model.columns) if (column.role === role) visit(model, column)
  }
}

export function eachWindow(
  snapshot: Snapshot,
  role: ColumnRole,
  visit: (model: ModelSnapshot, column: ColumnSnapshot, window: ColumnWindowSnapshot) => void,
): void {
  eachColumn(snapshot, role, (model, column) => {
    for (const window of column.windows) visit(model, column, window)
  })
}
