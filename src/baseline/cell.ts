// HOT: per value
/** How the cells of a column are read against a baseline; the same when it is built and when it is compared. */

/** Whole numbers that a double cannot hold arrive as TEXT of their digits; they are still numbers. */
const LONG_INTEGER = /^-?\d{16,40}$/

/** The number that a TEXT cell stands for, NaN when it is none. */
export function numberOfText(text: string): number {
  return text.length >= 16 && LONG_INTEGER.test(text) ? Number(text) : Number.NaN
}

export function categoryOfBoolean(value: number): string {
  return value === 1 ? 'true' : 'false'
}
