/** Printed configuration ends up in logs and tickets, so it must not contain tokens or passwords. */
import type { ConfigKey } from './keys.ts'

export const HIDDEN = '(hidden)'

/** Whether the path is a secret or inside a group of secrets. */
export const isSecret = (path: readonly PropertyKey[], keys: readonly ConfigKey[]): boolean =>
  keys.some((key) => key.schema.secret === true && key.path.every((part, index) => path[index] === part))

/** `http://user:password@host` → `http://(hidden)@host`. */
export const withoutCredentials = (text: string): string =>
  text.replace(/^(\w+:\/\/)[^/?#]*@/, `$1${HIDDEN}@`)

/** A copy of a raw configuration for display. */
export function withoutSecrets(
  value: unknown,
  keys: readonly ConfigKey[],
  path: readonly string[] = [],
): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, keys, path))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, child]) => [name, withoutSecrets(child, keys, [...path, name])]),
    )
  }
  if (value !== undefined && isSecret(path, keys)) return HIDDEN
  return typeof value === 'string' ? withoutCredentials(value) : value
}
