import { parse } from 'yaml'
import type { ConfigKey } from './keys.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A nested object of user-written values, before validation. */
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

/** Plain strings stay as they are (a version "3" is no number); everything else is read as YAML, lists also as `a,b`. */
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
 * Variables `MODELTAP_…` that name a key, as a raw configuration. Others are returned by name, not refused: Kubernetes
 * puts `MODELTAP_PORT`, `MODELTAP_SERVICE_HOST` … into every pod beside a Service called modeltap.
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
