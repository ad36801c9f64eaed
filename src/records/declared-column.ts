/** What the server's own description says of the values of a column. */
export interface DeclaredColumn {
  readonly role: 'feature' | 'prediction'
  readonly name: string
  readonly values: DeclaredValues
}

export interface DeclaredValues {
  /** All values that there are, as categories. */
  readonly categories?: ReadonlySet<string>
  /** −Infinity and Infinity where there is none. */
  readonly low: number
  readonly high: number
}
