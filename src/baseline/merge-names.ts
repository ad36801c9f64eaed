/** Merges what several baselines store about names: the key of their hashes, and uncompared columns. */
import type { Baseline, NameKey, UncomparedColumn } from './baseline.ts'
import type { ColumnFacts } from './column-facts.ts'
import { type HashName, keyId, nameHasher, newNameKey } from './name-hash.ts'
import type { PrivacyRules } from './privacy.ts'

export interface MergedNameKey {
  readonly nameKey: NameKey | undefined
  readonly hashName: HashName
  /** Whether all hashes of the parts were made with this key. */
  readonly isShared: boolean
}

export function mergeNameKeys(parts: readonly Baseline[], privacy: PrivacyRules): MergedNameKey {
  const keys = parts.flatMap(({ nameKey }) => nameKey ?? [])
  const [first] = keys
  const known = keys.find(({ key }) => key !== undefined)?.key ?? privacy.key
  if (
    first !== undefined &&
    keys.every(({ id }) => id === first.id) &&
    known !== undefined &&
    keyId(known) === first.id
  )
    return { nameKey: first, hashName: nameHasher(known), isShared: true }
  const columns = parts.flatMap((part) => part.columns)
  const names = columns.map((column) =>
    column.kind === 'categorical' ? [...column.categories, ...column.rare] : [],
  )
  const { nameKey, hashName } = newNameKey(names, privacy.key)
  const isNeeded = columns.some(({ kind }) => kind === 'categorical')
  return { nameKey: isNeeded ? nameKey : undefined, hashName, isShared: keys.length === 0 }
}

/** Hashes with different keys cannot be compared, so an unknown category counts as other. */
export function withoutHashes(facts: ColumnFacts): ColumnFacts {
  return facts.knownHashes.length === 0 ? facts : { ...facts, knownHashes: [], complete: false }
}

/** A column that one part does not compare is not compared at all. */
export function mergeUncompared(parts: readonly Baseline[], rows: number): UncomparedColumn[] {
  const merged = new Map<string, { column: UncomparedColumn; present: number }>()
  for (const part of parts) {
    for (const column of part.uncompared ?? []) {
      const key = `${column.role} ${column.name}`
      const present = (1 - column.missing) * (column.rows ?? part.rows)
      merged.set(key, { column, present: (merged.get(key)?.present ?? 0) + present })
    }
  }
  return [...merged.values()].map(({ column: { rows: _rows, ...column }, present }) => ({
    ...column,
    missing: column.kind === 'ignored' ? 0 : Math.max(0, 1 - present / rows),
  }))
}
