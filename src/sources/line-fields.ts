/** The configured mapping of JSON lines, compiled once, and its result for a line. */
import { isObject, type JsonObject, textOf } from '../formats/json-value.ts'
import { compileSelection, type Selection } from '../formats/selection.ts'
import { compileSelector, type Selector } from '../formats/selector.ts'
import { LATENCY_UNIT_MS, type LatencyUnit } from './latency-unit.ts'
import { DEFAULT_FACTS, type DefaultFact, FITS } from './line-facts.ts'
import type { FieldsOptions } from './tail-options.ts'
import { parseTimestamp } from './timestamp.ts'

/** Metadata of a line besides its rows. */
export interface LineFacts {
  readonly epochMs: number | undefined
  readonly id: string
  readonly model: string
  readonly version: string
  readonly latencyMs: number | undefined
  readonly status: number | undefined
  readonly method: string
  readonly target: string
  readonly requestBytes: number | undefined
  readonly responseBytes: number | undefined
  /** The label, if the line has one. */
  readonly label: unknown
}

type ScalarField = Exclude<keyof FieldsOptions, 'features' | 'predictions'>

/** Keys of flat rows that are metadata by configuration. */
export function configuredFactKeys({
  features: _features,
  predictions: _predictions,
  ...scalars
}: FieldsOptions): ReadonlySet<string> {
  return new Set(Object.values(defined(scalars)).flatMap(keyOf))
}

/** The key in `$.key`. */
function keyOf(selector: string): string[] {
  const key = /^\$\.(\w+)$/.exec(selector)?.[1]
  return key === undefined ? [] : [key]
}

export interface LineFieldsOptions {
  readonly fields: FieldsOptions
  readonly latencyUnit: LatencyUnit
  /** Metadata under default keys in a file's rows; `undefined`: decided for each line, as in a log without end. */
  readonly facts?: ReadonlySet<DefaultFact> | undefined
  /** Access logs: these keys are metadata whatever their values, such as a status of 0. */
  readonly isAccessLog?: boolean | undefined
  /** Keys that are always columns: selected features, or those of the baseline. */
  readonly columns?: ReadonlySet<string> | undefined
}

export class LineFields {
  readonly features: Selection | undefined
  readonly predictions: Selection | undefined
  /** Lines with the same id belong together. */
  readonly joins: boolean
  readonly #selectors: Readonly<Partial<Record<ScalarField, Selector>>>
  readonly #millisecondsPerUnit: number
  readonly #configured: ReadonlySet<string>
  /** Default metadata to look for, by key. */
  readonly #defaults: ReadonlyMap<string, DefaultFact>
  readonly #areDecided: boolean
  readonly #isAccessLog: boolean

  constructor({ fields, latencyUnit, facts, columns, isAccessLog = false }: LineFieldsOptions) {
    this.#isAccessLog = isAccessLog
    const { features, predictions, ...scalars } = fields
    this.features = features === undefined ? undefined : compileSelection(features)
    this.predictions = predictions === undefined ? undefined : compileSelection(predictions)
    this.joins = scalars.id !== undefined
    this.#selectors = Object.fromEntries(
      Object.entries(defined(scalars)).map(([name, text]) => [name, compileSelector(text)]),
    )
    this.#millisecondsPerUnit = LATENCY_UNIT_MS[latencyUnit]
    this.#configured = configuredFactKeys(fields)
    this.#areDecided = facts !== undefined
    const wanted = (Object.keys(DEFAULT_FACTS) as DefaultFact[]).filter(
      (fact) =>
        scalars[fact] === undefined &&
        facts?.has(fact) !== false &&
        columns?.has(DEFAULT_FACTS[fact]) !== true,
    )
    this.#defaults = new Map(wanted.map((fact) => [DEFAULT_FACTS[fact], fact]))
  }

  facts(line: unknown): LineFacts {
    const latency = this.#number('latency', line)
    return {
      epochMs: parseTimestamp(this.#value('timestamp', line)),
      id: textOf(this.#value('id', line)),
      model: textOf(this.#value('model', line)),
      version: textOf(this.#value('version', line)),
      latencyMs: latency === undefined ? undefined : latency * this.#millisecondsPerUnit,
      status: this.#number('status', line),
      method: textOf(this.#value('method', line)),
      target: textOf(this.#value('path', line)),
      requestBytes: this.#number('requestBytes', line),
      responseBytes: this.#number('responseBytes', line),
      label: this.#value('label', line),
    }
  }

  /** A flat line without its metadata: one key for each column. */
  columnsOf(line: JsonObject): JsonObject {
    return Object.fromEntries(Object.entries(line).filter(([key, value]) => !this.#isFact(key, value)))
  }

  #isFact(key: string, value: unknown): boolean {
    if (this.#configured.has(key)) return true
    const fact = this.#defaults.get(key)
    return fact !== undefined && (this.#areDecided || isNothing(value) || FITS[fact](value))
  }

  #value(field: ScalarField, line: unknown): unknown {
    if (!isObject(line)) return undefined
    const selector = this.#selectors[field]
    if (selector !== undefined) return selector.select(line)[0]
    const fact = field in DEFAULT_FACTS ? (field as DefaultFact) : undefined
    if (fact === undefined || !this.#defaults.has(DEFAULT_FACTS[fact])) return undefined
    const value = line[DEFAULT_FACTS[fact]]
    return this.#isAccessLog || FITS[fact](value) ? value : undefined
  }

  /** Logs may write numbers as texts. Negative values and non-numbers are ignored. */
  #number(field: ScalarField, line: unknown): number | undefined {
    const value = this.#value(field, line)
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined
  }
}

const isNothing = (value: unknown): boolean => value === null || value === undefined

function defined(scalars: Omit<FieldsOptions, 'features' | 'predictions'>): Record<string, string> {
  return Object.fromEntries(Object.entries(scalars).filter(([, text]) => text !== undefined)) as Record<
    string,
    string
  >
}
