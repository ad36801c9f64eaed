import { parse } from 'yaml'
import type { ConfigKey } from './keys.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A nested object of unvalidated user values. */
export type RawConfig = Record<string, unknown>

export function setPath(target: RawConfig, path: readonly string[], value: unknown): void {
  let node = target
  for (const name of path.slice(0, -1)) {
    const child = node[name]
    if (typeof child !== 'object' || child === null || Array.isArray(child)) node[name] = {}
    node = node[name] as RawConfig
  }
  node[path.at(-1) ?? ''] = value
}

/**
 * Plain strings stay unchanged (a version "3" is not a number); everything else is parsed as YAML, lists also as `a,b`.
 */
function parseVariable(text: string, { schema }: ConfigKey): unknown {
  if (schema.type === 'string' || schema.enum !== undefined) return text
  if (schema.type === 'array' && !text.trimStart().startsWith('[')) {
    return text.split(',').map((part) => part.trim())
  }
  try {
    return parse(text)
  } catch {
    return text // the schema then refuses it, with the key's name
  }
}

/**
 * `MODELTAP_…` variables that name a key, as a raw configuration. Others are returned by name, not rejected: Kubernetes
 * adds `MODELTAP_PORT`, `MODELTAP_SERVICE_HOST` … to every pod beside a Service named modeltap.
 */
export function readEnvironment(environment: Environment, keys: readonly ConfigKey[]) {
  const values: RawConfig = {}
  const known = new Map(keys.map((key) => [key.variable, key]))
  const unknown: string[] = []
  const variables = new Map<string, string>()
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined || !name.startsWith('MODELTAP_')) continue
    const key = known.get(name)
    if (key === undefined) {
      if (!/^MODELTAP_(?:PORT|SERVICE)(?:_|$)/.test(name)) unknown.push(name)
      continue
    }
    setPath(values, key.path, parseVariable(text, key))
    variables.set(key.path.join('.'), name)
  }
  return { values, unknown, variables }
}
