/**
 * Rare categories are stored as keyed hashes: enough to distinguish a seen category from a new one, but not to read it.
 * The key is `privacy.key`; otherwise it is derived from the names and stored beside the hashes, and then anyone with
 * the file can test a guess.
 */
import { createHash, hash } from 'node:crypto'
import type { NameKey } from './baseline.ts'

/** 66 bits: collisions are negligible among a million names. */
const CHARACTERS = 11
const KEY_CHARACTERS = 22

export type HashName = (name: string) => string

/** SHA-256 of key and name: a prefix of fixed length is as good as HMAC here, and four times as fast. */
export function nameHasher(key: string): HashName {
  const prefix = hash('sha256', `modeltap names ${key}`, 'hex')
  return (name) => hash('sha256', `${prefix}${name}`, 'base64url').slice(0, CHARACTERS)
}

/** Derived from the names, so that two builds of one file are equal. */
export function keyOfNames(columns: readonly (readonly string[])[]): string {
  const made = createHash('sha256')
  for (const names of columns) made.update(JSON.stringify(names.toSorted()))
  return made.digest('base64url').slice(0, KEY_CHARACTERS)
}

/** The hash function for a baseline's names; undefined when its key is not the configured key. */
export function hasherOf(
  nameKey: NameKey | undefined,
  configuredKey: string | undefined,
): HashName | undefined {
  if (nameKey === undefined) return undefined
  const key = nameKey.key ?? configuredKey
  return key !== undefined && keyId(key) === nameKey.id ? nameHasher(key) : undefined
}

/** A key for these names, unless one is configured. */
export function newNameKey(
  columns: readonly (readonly string[])[],
  configuredKey: string | undefined,
): { readonly nameKey: NameKey; readonly hashName: HashName } {
  const key = configuredKey ?? keyOfNames(columns)
  const nameKey = { id: keyId(key), ...(configuredKey === undefined && { key }) }
  return { nameKey, hashName: nameHasher(key) }
}

/** Identifies the key without revealing it. */
export function keyId(key: string): string {
  return hash('sha256', `modeltap key ${key}`, 'base64url').slice(0, CHARACTERS)
}
