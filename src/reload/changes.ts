/** What differs between two configurations, and what of it cannot change while modeltap runs. */
import { isDeepStrictEqual } from 'node:util'

/**
 * Keys and groups of the thread that carries the traffic. It holds the sockets, the ring and the lock of the state
 * directory from its start; everything else belongs to the analysis thread, which a reload replaces.
 */
export const FIXED_KEYS = [
  'listen',
  'upstream',
  'listeners',
  'capture',
  'admin.listen',
  'admin.hosts',
  'limits.ringBytes',
  'connections',
  'drain',
  'tls',
  'upstreamTls',
  'state.directory',
] as const

type Group = Readonly<Record<string, unknown>>

/** An address is one value: what has a `kind` is no group. */
const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' &&
  value !== null &&
  Object.getPrototypeOf(value) === Object.prototype &&
  !('kind' in value)

/** Paths of the keys with another value, in the order of the configuration. */
export function changedKeys(before: unknown, after: unknown, path: readonly string[] = []): string[] {
  if (!isGroup(before) || !isGroup(after)) {
    return isDeepStrictEqual(before, after) ? [] : [path.join('.')]
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) => changedKeys(before[name], after[name], [...path, name]))
}

export function fixedAmong(keys: readonly string[]): string[] {
  return keys.filter((key) =>
    FIXED_KEYS.some((fixed) => key === fixed || key.startsWith(`${fixed}.`) || fixed.startsWith(`${key}.`)),
  )
}
