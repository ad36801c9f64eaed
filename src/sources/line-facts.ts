/**
 * Decides which keys of flat rows are metadata (time, model, status) and which are columns. A name alone does not
 * decide: a table of cars has a feature `model`, a network's log a feature `latency`.
 */
import { parseTimestamp } from './timestamp.ts'

/** Metadata with a default key, and that key. */
export const DEFAULT_FACTS = {
  timestamp: 'timestamp',
  model: 'model',
  version: 'version',
  latency: 'latency',
  status: 'status',
  method: 'method',
  path: 'path',
} as const
export type DefaultFact = keyof typeof DEFAULT_FACTS

const EARLIEST_MS = Date.UTC(1990)
const LATEST_MS = Date.UTC(2100)
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE'])
const LONGEST_NAME = 128
/** With more distinct values in one file of predictions, the key is not a model name. */
const MOST_MODELS = 16

const isName = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME

/** Whether a value is valid for the metadata. */
export const FITS: Readonly<Record<DefaultFact, (value: unknown) => boolean>> = {
  timestamp: (value) => {
    const epochMs = parseTimestamp(value)
    return epochMs !== undefined && epochMs >= EARLIEST_MS && epochMs < LATEST_MS
  },
  model: isName,
  version: (value) => isName(value) || typeof value === 'number',
  latency: (value) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof number === 'number' && number >= 0 && number < Infinity
  },
  status: (value) => {
    const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value
    return Number.isInteger(number) && (number as number) >= 100 && (number as number) <= 599
  },
  method: (value) => typeof value === 'string' && METHODS.has(value),
  path: (value) => typeof value === 'string' && value.startsWith('/'),
}

/**
 * The metadata of a file, from its first rows. The time of a call, its status or its path make the file a log. Only in
 * a log, or when it is constant, `model` is the name of the called model.
 *
 * @param values of a key, including missing ones
 */
export function factsOf(values: (key: string) => readonly unknown[]): ReadonlySet<DefaultFact> {
  const present = (fact: DefaultFact): readonly unknown[] =>
    values(DEFAULT_FACTS[fact]).filter((value) => value !== null && value !== undefined)
  const fits = (fact: DefaultFact): boolean => {
    const found = present(fact)
    return found.length > 0 && found.every(FITS[fact])
  }
  const isLog = fits('timestamp') || fits('status') || fits('path')
  const isIdentity = (fact: 'model' | 'version'): boolean => {
    const different = new Set(present(fact)).size
    return fits(fact) && (different === 1 || (isLog && different <= MOST_MODELS))
  }
  return new Set(
    (Object.keys(DEFAULT_FACTS) as DefaultFact[]).filter((fact) => {
      if (fact === 'model' || fact === 'version') return isIdentity(fact)
      return fits(fact) && (fact !== 'latency' || isLog)
    }),
  )
}
