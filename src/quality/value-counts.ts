/** Values of a column by kind, since the start. Every value has exactly one of five kinds. */
export const VALUE_KINDS = ['valid', 'missing', 'wrong_type', 'out_of_range', 'unseen'] as const
export type ValueKind = (typeof VALUE_KINDS)[number]

export class ValueCounts {
  valid = 0
  missing = 0
  wrongType = 0
  outOfRange = 0
  unseen = 0

  snapshot(): Record<ValueKind, number> {
    return {
      valid: this.valid,
      missing: this.missing,
      wrong_type: this.wrongType,
      out_of_range: this.outOfRange,
      unseen: this.unseen,
    }
  }

  restore(saved: Readonly<Record<ValueKind, number>>): void {
    this.valid = saved.valid
    this.missing = saved.missing
    this.wrongType = saved.wrong_type
    this.outOfRange = saved.out_of_range
    this.unseen = saved.unseen
  }
}
