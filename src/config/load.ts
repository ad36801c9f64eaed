import { type Document, LineCounter, parseDocument } from 'yaml'
import { ModeltapError } from '../errors.ts'
import { readBounded } from '../lib/bounded-read.ts'
import { type Environment, type RawConfig, readEnvironment } from './environment.ts'
import { explainIssue } from './issues.ts'
import { configKeys } from './keys.ts'
import { readOpenTelemetry } from './open-telemetry.ts'
import { type Config, configSchema } from './schema.ts'

export interface ConfigSources {
  /** Path of the YAML file; none when absent. */
  readonly file?: string | undefined
  readonly environment: Environment
  /** Values of flags, as a nested raw configuration. */
  readonly flags: RawConfig
}

export interface LoadedConfig {
  readonly config: Config
  /** `MODELTAP_…` variables that name no key, and unusable `OTEL_…` values: each is a warning. */
  readonly unknownVariables: readonly string[]
}

/** Maximum size of a configuration file. */
const MOST_BYTES = 4 * 1024 * 1024

const isObject = (value: unknown): value is RawConfig =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Later values win; groups merge, lists and values replace. */
function merge(base: RawConfig, over: RawConfig): RawConfig {
  const merged: RawConfig = { ...base }
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name]
    merged[name] = isObject(below) && isObject(value) ? merge(below, value) : value
  }
  return merged
}

const hasEndpoint = ({ otlp }: RawConfig): boolean => isObject(otlp) && otlp['endpoint'] !== undefined

function readFile(path: string): RawConfig {
  let text: string
  try {
    text = readBounded(path, MOST_BYTES).toString()
  } catch (cause) {
    throw new ModeltapError('CONFIG_UNREADABLE', {
      message: `the configuration file "${path}" cannot be read: ${(cause as Error).message}`,
      hint: 'Give --config the path of a readable YAML file, or leave it out: every key has a default.',
      cause,
    })
  }
  const document = parseDocument(text, { lineCounter: new LineCounter(), prettyErrors: true })
  const broken = document.errors[0]
  if (broken !== undefined) throw invalidYaml(path, broken)
  const value = valueOf(document, path) ?? {}
  if (isObject(value)) return value
  throw new ModeltapError('CONFIG_INVALID', {
    // The content is not quoted: the file may belong to another program.
    message: `${path} holds ${Array.isArray(value) ? 'a list' : `a ${typeof value === 'string' ? 'text' : typeof value}`} at its top level`,
    hint: 'A configuration is a group of keys, such as "upstream: 127.0.0.1:8080".',
  })
}

/** @throws ModeltapError for aliases without an anchor, and for those that expand beyond the memory. */
function valueOf(document: Document, path: string): unknown {
  try {
    return document.toJS()
  } catch (cause) {
    throw invalidYaml(path, cause as Error)
  }
}

function invalidYaml(path: string, cause: Error): ModeltapError {
  // The first line describes the error and its position; the following lines quote the file, which may contain a token.
  const what = (cause.message.split('\n', 1)[0] as string).replace(/:$/, '')
  return new ModeltapError('CONFIG_INVALID', {
    message: `${path} is not valid YAML: ${what}`,
    hint: 'Correct the line; `modeltap check-config FILE` tests a file without starting anything.',
  })
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(freeze)
  }
  return value
}

/**
 * Flags override environment, file, OpenTelemetry variables and defaults, in this order; strict, complete and frozen.
 *
 * @throws ModeltapError CONFIG_UNREADABLE or CONFIG_INVALID, the latter with every mistake at once.
 */
export function loadConfig({ file, environment, flags }: ConfigSources): LoadedConfig {
  const keys = configKeys(configSchema)
  const fromEnvironment = readEnvironment(environment, keys)
  const fromFile = file === undefined ? {} : readFile(file)
  const fromOpenTelemetry = readOpenTelemetry(environment)
  const own = merge(merge(fromFile, fromEnvironment.values), flags)
  // Headers may contain a token that belongs to the endpoint beside it and to no other.
  const raw = hasEndpoint(own) ? own : merge(fromOpenTelemetry.values, own)
  const result = configSchema.safeParse(raw, { reportInput: true })
  if (result.success) {
    return {
      config: freeze(result.data),
      unknownVariables: [...fromEnvironment.unknown, ...fromOpenTelemetry.ignored],
    }
  }
  const sentences = result.error.issues.map((issue) => {
    const variable = fromEnvironment.variables.get(issue.path.map(String).join('.'))
    return explainIssue(issue, keys) + (variable === undefined ? '' : ` (set by ${variable})`)
  })
  throw new ModeltapError('CONFIG_INVALID', {
    message: sentences.join('\n'),
    hint: 'All keys, with defaults and units: docs/configuration.md.',
  })
}
