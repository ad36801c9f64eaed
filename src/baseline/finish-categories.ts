/** The categories of a column: names that may be shown, the rest together, and the expected unseen share. */
import type { CategoricalColumn } from './baseline.ts'
import { CategoryCounter } from './category-counter.ts'
import type { ColumnFacts, ColumnIdentity } from './column-facts.ts'
import { shownNames } from './privacy.ts'

const MOST_RARE_CATEGORIES = 1_000

export function finishCategories(
  facts: ColumnFacts,
  { role, name, maxCategories, declared, privacy, hashName }: ColumnIdentity,
): CategoricalColumn {
  const { rows, distinct, moments } = facts
  const counter = new CategoryCounter()
  counter.merge(facts.categories)
  // Numbers among texts, such as house numbers with and without a letter, are categories too.
  if (distinct === undefined) counter.overflow += moments.count
  else for (const [value, count] of distinct) counter.add(String(value), count)
  const { mode, isShown } = shownNames(name, rows, privacy)
  const ranked = counter.ranked()
  const shown = ranked
    .filter(
      ([category, count]) =>
        (declared?.has(category) === true && mode !== 'none') ||
        isShown(category, count, counter.observations(category, count)),
    )
    .slice(0, maxCategories)
  const shownSet = new Set(shown.map(([category]) => category))
  const rare = [
    ...ranked
      .filter(([category]) => !shownSet.has(category))
      .map(([category, n]) => [hashName(category), n] as const),
    ...facts.knownHashes.map((hash) => [hash, 0] as const),
    ...counter.hashed,
  ].toSorted(([, a], [, b]) => b - a)
  const named = [...ranked, ...counter.hashed].reduce((sum, [, count]) => sum + count, 0)
  const present = named + counter.overflow
  const other = shareOf(present - shown.reduce((sum, [, count]) => sum + count, 0), rows)
  const complete = facts.complete && distinct !== undefined && rare.length <= MOST_RARE_CATEGORIES
  const unseen = complete ? Math.min(other, facts.unseen ?? unseenShare(counter, rows)) : 0
  return {
    role,
    name,
    kind: 'categorical',
    missing: shareOf(rows - present, rows),
    categories: shown.map(([category]) => (mode === 'hashed' ? hashName(category) : category)),
    ...(mode === 'hashed' && { hashed: true }),
    shares: shown.map(([, count]) => count / rows),
    other: other - unseen,
    unseen,
    rare: [],
    rareHashes: [...new Set(rare.slice(0, MOST_RARE_CATEGORIES).map(([hash]) => hash))],
    complete,
  }
}

/**
 * Good–Turing: the probability that the next row has a new category is the share of rows with a category that occurs
 * once (Good 1953, equation 9).
 */
export function unseenShare(counter: CategoryCounter, rows: number): number {
  return counter.singles / rows
}

/** 0…1; rounding of fractional counts may give a slightly negative value. */
export function shareOf(part: number, rows: number): number {
  return Math.min(1, Math.max(0, part / rows))
}
