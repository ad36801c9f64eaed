/**
 * Applies the privacy rules to a loaded baseline: an older version or another program may have named categories that
 * must not be shown here.
 */
import type { Baseline, BaselineColumn, CategoricalColumn, UncomparedColumn } from './baseline.ts'
import { hasherOf, type HashName, newNameKey } from './name-hash.ts'
import { type PrivacyRules, shownNames } from './privacy.ts'

/** The same baseline, with hashes instead of names that must not be shown. */
export function restrictNames(baseline: Baseline, privacy: PrivacyRules): Baseline {
  const denied = new Set(privacy.deny)
  const { columns, uncompared = [], nameKey } = baseline
  const kept = columns.filter(({ name }) => !denied.has(name))
  const made = nameKey === undefined ? newNameKey(kept.map(namesOf), privacy.key) : undefined
  const hashName = made?.hashName ?? hasherOf(nameKey, privacy.key)
  const isNeeded = made !== undefined && kept.some((column) => namesOf(column).length > 0)
  const ignored = [...columns, ...uncompared]
    .filter(({ name }) => denied.has(name))
    .map(({ role, name }): UncomparedColumn => ({ role, name, kind: 'ignored', missing: 0 }))
  const others = [...uncompared.filter(({ name }) => !denied.has(name)), ...ignored]
  return {
    ...baseline,
    ...(isNeeded && { nameKey: made.nameKey }),
    columns: kept.map((column) =>
      column.kind === 'categorical' && column.hashed !== true
        ? restrict(column, { rows: column.rows ?? baseline.rows, privacy, hashName })
        : column,
    ),
    ...(others.length > 0 && { uncompared: others }),
  }
}

function namesOf(column: BaselineColumn): readonly string[] {
  return column.kind === 'categorical' ? [...column.categories, ...column.rare] : []
}

interface Restriction {
  readonly rows: number
  readonly privacy: PrivacyRules
  /** Undefined when the file's key is unknown: names that must not be shown are then dropped. */
  readonly hashName: HashName | undefined
}

function restrict(column: CategoricalColumn, { rows, privacy, hashName }: Restriction): CategoricalColumn {
  const { mode: wanted, isShown } = shownNames(column.name, rows, privacy)
  const mode = wanted === 'hashed' && hashName === undefined ? 'none' : wanted
  const places = column.categories.map((category, place) => ({ category, share: column.shares[place] ?? 0 }))
  const shown = mode === 'none' ? [] : places.filter(({ category, share }) => isShown(category, share * rows))
  const hidden = places.filter((place) => !shown.includes(place))
  const rare = [...hidden.map(({ category }) => category), ...column.rare]
  return {
    ...column,
    categories: shown.map(({ category }) =>
      mode === 'hashed' && hashName !== undefined ? hashName(category) : category,
    ),
    ...(mode === 'hashed' && { hashed: true }),
    shares: shown.map(({ share }) => share),
    other: hidden.reduce((sum, { share }) => sum + share, column.other),
    rare: [],
    rareHashes: [
      ...new Set([...(column.rareHashes ?? []), ...(hashName === undefined ? [] : rare.map(hashName))]),
    ],
    complete: column.complete && (hashName !== undefined || rare.length === 0),
  }
}

/** Without categories, neither names nor hashes: the baseline then distinguishes numbers only. */
export function withoutNames({ nameKey: _key, ...baseline }: Baseline): Baseline {
  return {
    ...baseline,
    columns: baseline.columns.map((column) => {
      if (column.kind !== 'categorical') return column
      const { rareHashes: _hashes, hashed: _hashed, ...rest } = column
      const other = column.shares.reduce((sum, share) => sum + share, column.other) + (column.unseen ?? 0)
      return { ...rest, categories: [], shares: [], other, unseen: 0, rare: [], complete: false }
    }),
  }
}
