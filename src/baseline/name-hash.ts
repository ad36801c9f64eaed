/**
 * Rare categories are kept as keyed hashes: enough to tell one that was seen from a new one, not enough to read it.
 * The key is `privacy.key`, or else made from the names themselves and written beside the hashes. Then whoever has the
 * file can still test a guess.
 */
import { createHash, hash } from 'node:crypto'
import type { NameKey } from './baseline.ts'

/** 66 bits, so that among a million names no two are alike. */
const CHARACTERS = 11
const KEY_CHARACTERS = 22

export type HashName = (name: string) => string

/** SHA-256 of key and name: a prefix of a key of fixed length is as good as HMAC here, and four times as fast. */
export function nameHasher(key: string): HashName {
  const prefix = hash('sha256', `modeltap names ${key}`, 'hex')
  return (name) => hash('sha256', `${prefix}${name}`, 'base64url').slice(0, CHARACTERS)
}

/** The same names give the same key, so that two builds of one file are equal. */
export function keyOfNames(columns: readonly (readonly string[])[]): string {
  const made = createHash('sha256')
  for (const names of columns) made.update(JSON.stringify(names.toSorted()))
  return made.digest('base64url').slice(0, KEY_CHARACTERS)
}

/**
 * The hashes of a baseline's names; undefined where they cannot be made, because the key of the configuration is not
 * the one that they were made with.
 */
export function hasherOf(
  nameKey: NameKey | undefined,
  configuredKey: string | undefined,
): HashName | undefined {
  if (nameKey === undefined) return undefined
  const key = nameKey.key ?? configuredKey
  return key !== undefined && keyId(key) === nameKey.id ? nameHasher(key) : undefined
}

/** A key for these names, unless the configuration has one. */
export function newNameKey(
  columns: readonly (readonly string[])[],
  configuredKey: string | undefined,
): { readonly nameKey: NameKey; readonly hashName: HashName } {
  const key = configuredKey ?? keyOfNames(columns)
  const nameKey = { id: keyId(key), ...(configuredKey === undefined && { key }) }
  return { nameKey, hashName: nameHasher(key) }
}

/** Says which key was used without giving it away. */
export function keyId(key: string): string {
  return hash('sha256', `modeltap key ${key}`, 'base64url').slice(0, CHARACTERS)
}
