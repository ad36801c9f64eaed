/** What decoding needs from the configuration, prepared once at start. */
import type { Selection } from '../formats/selection.ts'
import type { Selector } from '../formats/selector.ts'
import type { FindMetadata } from './tensor-metadata.ts'

export interface DecodeSettings {
  /** Limit of a body after its content encoding is undone, bytes. */
  readonly maxBodyBytes: number
  readonly selectors: Selectors
  /** Names for columns that a payload only numbers, in their order; used where the count agrees. */
  readonly featureNames: readonly string[]
  readonly predictionNames: readonly string[]
  /** Asks the model server for what payloads leave out; `undefined` when that is switched off or there is none. */
  readonly findMetadata?: FindMetadata | undefined
}

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
