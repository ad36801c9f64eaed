/** A counter for every key, at 0: a series that first appears at 100 loses that 100 in PromQL. */
export function zeros<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>
}
