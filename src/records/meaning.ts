/** What the values of a column are, beyond their numbers. */
export const MEANINGS = ['confidence'] as const
export type Meaning = (typeof MEANINGS)[number]

const CONFIDENCE_NAME = /(?:^|_)confidence$/

/**
 * Read once, where a column of a baseline is made. The name says it: class-scores.ts ends the column of the highest score
 * so, and servers name theirs in the same way.
 */
export function meaningOf(role: 'feature' | 'prediction', name: string): Meaning | undefined {
  return role === 'prediction' && CONFIDENCE_NAME.test(name) ? 'confidence' : undefined
}
