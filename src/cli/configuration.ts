/** What the commands that read a configuration share. */
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
  protocol: ['protocol'],
  features: ['selectors', 'features'],
  predictions: ['selectors', 'predictions'],
  window: ['windows'],
  logLevel: ['log', 'level'],
} as const satisfies Record<string, readonly string[]>

export type ConfigFlags = { readonly config?: string; readonly capture?: string } & {
  readonly [Name in keyof typeof FLAG_PATHS]?: string | readonly string[]
}

export function loadFromFlags({ config: file, capture, ...flags }: ConfigFlags): LoadedConfig {
  const raw: RawConfig = {}
  if (capture === '-') setPath(raw, ['capture', 'input'], 'stdin')
  else if (capture !== undefined) setPath(raw, ['capture', 'ports'], capture.split(',').map(portOf))
  for (const [name, path] of Object.entries(FLAG_PATHS)) {
    const value = flags[name as keyof typeof FLAG_PATHS]
    if (value !== undefined) setPath(raw, path, value)
  }
  return loadConfig({ file, environment, flags: raw })
}

/** What is no number stays as it is, for the schema to refuse by its text. */
function portOf(text: string): number | string {
  return /^\d+$/.test(text.trim()) ? Number(text) : text
}
