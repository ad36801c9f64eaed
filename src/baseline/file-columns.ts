/** A file lists all columns together; in memory, compared and uncompared columns are separate. */
import { meaningOf } from '../records/meaning.ts'
import type { Baseline, BaselineColumn, UncomparedColumn } from './baseline.ts'
import { isUncompared } from './column-kind.ts'

export type FileColumn = BaselineColumn | UncomparedColumn

export type BaselineFile = Omit<Baseline, 'columns' | 'uncompared'> & {
  readonly columns: readonly FileColumn[]
}

const isPlain = (column: FileColumn): column is UncomparedColumn => isUncompared(column.kind)

export function splitColumns({ columns, ...head }: BaselineFile): Baseline {
  const uncompared = columns.filter(isPlain)
  return {
    ...head,
    columns: columns.filter((column): column is BaselineColumn => !isPlain(column)).map(withMeaning),
    ...(uncompared.length > 0 && { uncompared }),
  }
}

/** Files older than the field derive it from the name. */
function withMeaning(column: BaselineColumn): BaselineColumn {
  if (column.kind === 'categorical' || column.meaning !== undefined) return column
  const meaning = meaningOf(column.role, column.name)
  return meaning === undefined ? column : { ...column, meaning }
}

/** Features first, in the order of the baseline's columns. */
export function joinColumns({ columns, uncompared = [], ...head }: Baseline): BaselineFile {
  const all = [...columns, ...uncompared]
  const ofRole = (role: FileColumn['role']): FileColumn[] => all.filter((column) => column.role === role)
  return { ...head, columns: [...ofRole('feature'), ...ofRole('prediction')] }
}
