/** Shared by the commands that read a configuration. */
import type { RawConfig } from '../config/environment.ts'
import { setPath } from '../config/environment.ts'
import { loadConfig, type LoadedConfig } from '../config/load.ts'
import { environment } from '../config/process-environment.ts'

/** Flags that are keys of the configuration: flag's property name → key's path. */
const FLAG_PATHS = {
  upstream: ['upstream'],
  listen: ['listen'],
  admin: ['admin', 'listen'],
  baseline: ['baseline', 'file'],
  model: ['model', 'name'],
  modelVersion: ['model', 'version'],
  missing: ['baseline', 'missing'],
  decimal: ['baseline', 'decimal'],
  protocol: ['protocol'],
  features: ['selectors', 'features'],
  predictions: ['selectors', 'predictions'],
  window: ['windows'],
  logLevel: ['log', 'level'],
} as const satisfies Record<string, readonly string[]>

export type ConfigFlags = {
  readonly config?: string
  readonly capture?: string
  readonly listener?: readonly string[]
} & {
  readonly [Name in keyof typeof FLAG_PATHS]?: string | readonly string[]
}

export function loadFromFlags({ config: file, capture, listener, ...flags }: ConfigFlags): LoadedConfig {
  const raw: RawConfig = {}
  if (listener !== undefined) setPath(raw, ['listeners'], listener.map(listenerOf))
  if (capture === '-') setPath(raw, ['capture', 'input'], 'stdin')
  else if (capture !== undefined) setPath(raw, ['capture', 'ports'], capture.split(',').map(portOf))
  for (const [name, path] of Object.entries(FLAG_PATHS)) {
    const value = flags[name as keyof typeof FLAG_PATHS]
    if (value !== undefined) setPath(raw, path, value)
  }
  return loadConfig({ file, environment, flags: raw })
}

/** `0.0.0.0:9081=127.0.0.1:8081`. A missing half is left out, and the schema then names it. */
function listenerOf(text: string): RawConfig {
  const [listen, upstream] = text.split('=', 2)
  return { listen, ...(upstream !== undefined && { upstream }) }
}

/** What is no number stays as it is, for the schema to refuse by its text. */
function portOf(text: string): number | string {
  return /^\d+$/.test(text.trim()) ? Number(text) : text
}
