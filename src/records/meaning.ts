/** The meaning of a column's values, in addition to their numbers. */
export const MEANINGS = ['confidence'] as const
export type Meaning = (typeof MEANINGS)[number]

const CONFIDENCE_NAME = /(?:^|_)confidence$/

/**
 * Derived once from the name when a baseline column is created: class-scores.ts gives the column of the highest score
 * this suffix, and servers use the same names.
 */
export function meaningOf(role: 'feature' | 'prediction', name: string): Meaning | undefined {
  return role === 'prediction' && CONFIDENCE_NAME.test(name) ? 'confidence' : undefined
}
