/** Decides which texts of a payload may be shown as categories. */
import { isSecretName, looksPersonal } from '../lib/personal-data.ts'
import { type NameMode, type PrivacyOptions, privacyOptions } from './options.ts'

/** Minimum share of rows for a category to be shown. */
const LEAST_SHARE = 1e-3

export type PrivacyRules = PrivacyOptions

export const DEFAULT_PRIVACY: PrivacyRules = privacyOptions.parse({})

export interface ShownNames {
  readonly mode: NameMode
  /** @param observations rows, or calls where a call says the same in all of its rows */
  readonly isShown: (category: string, rows: number, observations?: number) => boolean
}

/** The rule for one column of a baseline with this number of rows. */
export function shownNames(column: string, rows: number, privacy: PrivacyRules): ShownNames {
  const isAllowed = privacy.allow.includes(column)
  const isSecret = isSecretName(column) && !isAllowed
  const mode = privacy.columns[column] ?? privacy.categories
  if (isSecret || mode === 'none') return { mode: 'none', isShown: () => false }
  const least = isAllowed ? 0 : privacy.minRows
  const leastRows = isAllowed ? 0 : LEAST_SHARE * rows
  return {
    mode,
    isShown: (category, count, observations = count) =>
      count > 0 &&
      count >= leastRows &&
      observations >= least &&
      (isAllowed || mode === 'hashed' || !looksPersonal(category)),
  }
}
