/** The configured mapping of JSON lines, compiled once, and what it finds in one line. */
import { compileSelection, type Selection } from '../formats/selection.ts'
import { isObject, textOf, type JsonObject } from '../formats/json-value.ts'
import { compileSelector, type Selector } from '../formats/selector.ts'
import { LATENCY_UNIT_MS, type LatencyUnit } from './latency-unit.ts'
import type { FieldsOptions } from './tail-options.ts'
import { parseTimestamp } from './timestamp.ts'

/** What a line says beside its rows. */
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
}

const DEFAULTS = {
  timestamp: '$.timestamp',
  model: '$.model',
  version: '$.version',
  latency: '$.latency',
  status: '$.status',
  method: '$.method',
  path: '$.path',
} as const

/** Top-level keys that are facts of a line and no columns of it, wherever rows are read from. */
export function factKeys({
  features: _features,
  predictions: _predictions,
  ...scalars
}: FieldsOptions): ReadonlySet<string> {
  const texts = Object.values({ ...DEFAULTS, ...defined(scalars) })
  return new Set(texts.flatMap((text) => /^\$\.(\w+)$/.exec(text)?.[1] ?? []))
}

type ScalarField = Exclude<keyof FieldsOptions, 'features' | 'predictions'>

export class LineFields {
  readonly features: Selection | undefined
  readonly predictions: Selection | undefined
  /** Lines of one id belong together. */
  readonly joins: boolean
  readonly #selectors: Readonly<Partial<Record<ScalarField, Selector>>>
  readonly #millisecondsPerUnit: number
  readonly #factKeys: ReadonlySet<string>

  constructor(fields: FieldsOptions, latencyUnit: LatencyUnit) {
    const { features, predictions, ...scalars } = fields
    this.features = features === undefined ? undefined : compileSelection(features)
    this.predictions = predictions === undefined ? undefined : compileSelection(predictions)
    this.joins = scalars.id !== undefined
    const texts = Object.entries({ ...DEFAULTS, ...defined(scalars) })
    this.#selectors = Object.fromEntries(texts.map(([name, text]) => [name, compileSelector(text)]))
    this.#millisecondsPerUnit = LATENCY_UNIT_MS[latencyUnit]
    this.#factKeys = factKeys(fields)
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
    }
  }

  /** A flat line without its facts: one key a column. */
  columnsOf(line: JsonObject): JsonObject {
    return Object.fromEntries(Object.entries(line).filter(([key]) => !this.#factKeys.has(key)))
  }

  #value(field: ScalarField, line: unknown): unknown {
    const selector = this.#selectors[field]
    return selector === undefined || !isObject(line) ? undefined : selector.select(line)[0]
  }

  /** Logs write numbers as texts, too. Negative ones and those that are no number are left out. */
  #number(field: ScalarField, line: unknown): number | undefined {
    const value = this.#value(field, line)
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined
  }
}

function defined(scalars: Omit<FieldsOptions, 'features' | 'predictions'>): Record<string, string> {
  return Object.fromEntries(Object.entries(scalars).filter(([, text]) => text !== undefined)) as Record<
    string,
    string
  >
}
