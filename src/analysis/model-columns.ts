// HOT: per request
/**
 * One set of columns for a model that is called through two protocols: KServe answers V1 without names (`feature_0`,
 * `prediction`) and V2 with tensor names (`input-0_0`, `output-0`). The first names, or those of the baseline, are
 * kept. Columns without names, or with other names where these are generated, take them by position.
 */
import type { Baseline } from '../baseline/baseline.ts'
import type { ColumnSet, RecordBatch } from '../records/record-batch.ts'

/** The baseline in use, and whether its rows arrived through the same protocols as live rows. */
export interface NamingBaseline {
  readonly baseline: Baseline
  readonly isFromTraffic: boolean
}

export class ModelColumns {
  readonly #features = new SideColumns()
  readonly #predictions = new SideColumns()

  /** Renames the columns of the batch when another protocol gave the same columns other names. */
  unify(batch: RecordBatch, protocol: string, known: () => NamingBaseline | undefined): void {
    this.#features.unify(batch.features, protocol, known)
    this.#predictions.unify(batch.predictions, protocol, known)
  }
}

class SideColumns {
  /** The protocol of the names; empty for the names of a baseline. */
  #protocol: string | undefined
  #names: readonly string[] = []
  /** For the protocol renamed last: its own names, and whether they map to the others. */
  #other = ''
  #own: readonly string[] = []
  #isSame = false

  unify(set: ColumnSet, protocol: string, known: () => NamingBaseline | undefined): void {
    const { columns } = set
    if (protocol === this.#protocol || columns.length === 0) {
      // A later row of the same protocol may have members that the first one lacked.
      if (columns.length > this.#names.length) this.#names = columns.map(({ name }) => name)
      return
    }
    if (this.#protocol === undefined && !this.#begin(set, protocol, known())) return
    if (protocol !== this.#other || !isNamed(set, this.#own)) this.#look(set, protocol)
    if (this.#isSame) set.rename(this.#names)
  }

  /** @returns whether the columns must be compared with existing names */
  #begin(set: ColumnSet, protocol: string, known: NamingBaseline | undefined): boolean {
    const own = set.columns.map(({ name }) => name)
    const columns =
      known === undefined ? [] : [...known.baseline.columns, ...(known.baseline.uncompared ?? [])]
    const names = columns.filter(({ role }) => role === set.role).map(({ name }) => name)
    if (known === undefined || own.some((name) => names.includes(name))) {
      this.#protocol = protocol
      this.#names = own
      return false
    }
    // The names of a file were never seen in a call, so nothing proves that the columns are the same.
    if (!known.isFromTraffic) return false
    this.#protocol = ''
    this.#names = names
    return true
  }

  #look(set: ColumnSet, protocol: string): void {
    this.#other = protocol
    this.#own = set.columns.map(({ name }) => name)
    const isUnnamed = this.#own.every(isWithoutName) || this.#names.every(isWithoutName)
    const haveNameInCommon = this.#own.some((name) => this.#names.includes(name))
    this.#isSame = isUnnamed && !haveNameInCommon && this.#own.length === this.#names.length
    if (haveNameInCommon && this.#protocol === '') this.#protocol = protocol
  }
}

function isNamed({ columns }: ColumnSet, names: readonly string[]): boolean {
  if (columns.length !== names.length) return false
  for (let place = 0; place < names.length; place += 1)
    if (columns[place]?.name !== names[place]) return false
  return true
}

/** Whether the name is generated from role and position, because the payload has no name. */
function isWithoutName(name: string): boolean {
  return /^(?:feature|prediction)(?:_\d+|_class|_confidence|_margin|_entropy)?$/.test(name)
}
