/** Options for reading the rows of a file. */
import type { Decoding } from '../protocols/decoding.ts'
import type { FileFieldsOptions } from './file-fields.ts'
import type { OnOpen } from './input-file.ts'
import type { ColumnNames } from './line-rows.ts'
import type { TableOptions } from './table.ts'

export interface RowsOptions extends Omit<FileFieldsOptions, 'file'>, TableOptions {
  readonly columnNames: ColumnNames
  /** Maximum columns of a batch on each side. */
  readonly maxColumns: number
  readonly onOpen?: OnOpen | undefined
  /** For the payloads of a SageMaker capture; by default every protocol with its defaults. */
  readonly decoding?: Decoding | undefined
}
