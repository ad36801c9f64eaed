/** What decoding needs from the configuration, prepared once at start. */
import type { FindMetadata } from './model-metadata.ts'
import type { Protocol } from './protocol.ts'
import type { Selector } from './selector.ts'

/** Rows of one exchange above which none is read (`too-many-rows`): 200 columns of this length are 18 MB. */
export const MAX_ROWS = 10_000

export interface DecodeSettings {
  /** Limit of a body after its content encoding is undone, bytes. */
  readonly maxBodyBytes: number
  /** The protocols that may take a call, in the registry's order. */
  readonly protocols: readonly Protocol[]
  readonly selectors: Selectors
  /** Names for columns that a payload only numbers, in their order; used where the count agrees. */
  readonly featureNames: readonly string[]
  readonly predictionNames: readonly string[]
  /** Asks the model server for what payloads leave out; `undefined` when that is switched off or there is none. */
  readonly findMetadata?: FindMetadata | undefined
}

/** One selector whose nodes are rows, or a column's name → its selector. */
export type Selection = Selector | ReadonlyMap<string, Selector>

/** `undefined` where the configuration has none. */
export interface Selectors {
  readonly features: Selection | undefined
  readonly predictions: Selection | undefined
  readonly model: Selector | undefined
  readonly version: Selector | undefined
}

export const NO_SELECTORS: Selectors = {
  features: undefined,
  predictions: undefined,
  model: undefined,
  version: undefined,
}
