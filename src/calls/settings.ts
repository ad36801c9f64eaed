/** Configuration of decoding, prepared once at start. */
import type { Selection } from '../formats/selection.ts'
import type { Selector } from '../formats/selector.ts'
import type { FindMetadata } from './tensor-metadata.ts'

export interface DecodeSettings {
  /** Maximum size of a body after decompression, in bytes. */
  readonly maxBodyBytes: number
  readonly selectors: Selectors
  /** Names for columns with only a position, in order; used when the count matches. */
  readonly featureNames: readonly string[]
  readonly predictionNames: readonly string[]
  /** Fetches from the model server what payloads lack; `undefined` when disabled or unavailable. */
  readonly findMetadata?: FindMetadata | undefined
}

/** `undefined` when not configured. */
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
