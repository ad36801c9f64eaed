/** The configuration's keys about payloads → what decoding reads. Apart from the schema, which analysis need not load. */
import { guess } from './guess.ts'
import { protocols } from './index.ts'
import type { FindMetadata } from './model-metadata.ts'
import type { ProtocolsOptions } from './options.ts'
import { compileSelector, type Selector } from './selector.ts'
import { NO_SELECTORS, type DecodeSettings, type Selection, type Selectors } from './settings.ts'

export interface DecodeContext {
  /** Of a body after its content encoding is undone, bytes. */
  readonly maxBodyBytes: number
  readonly findMetadata?: FindMetadata | undefined
}

/** Prepares what decoding needs; once at start. */
export function decodeSettings(
  { protocol, selectors, guess: mayGuess, columnNames }: ProtocolsOptions,
  { maxBodyBytes, findMetadata }: DecodeContext,
): DecodeSettings {
  return {
    maxBodyBytes,
    findMetadata,
    protocols: protocols.filter(({ name }) => {
      if (protocol !== 'auto') return name === protocol
      // Who says where the features are, wants nothing else to be taken for them.
      const hasSelectors = selectors.features !== undefined || selectors.predictions !== undefined
      return name !== guess.name || (mayGuess && !hasSelectors)
    }),
    selectors: compileSelectors(selectors),
    featureNames: columnNames.features,
    predictionNames: columnNames.predictions,
  }
}

function compileSelectors({
  features,
  predictions,
  model,
  version,
}: ProtocolsOptions['selectors']): Selectors {
  return {
    ...NO_SELECTORS,
    features: features === undefined ? undefined : compileSelection(features),
    predictions: predictions === undefined ? undefined : compileSelection(predictions),
    model: model === undefined ? undefined : compileSelector(model),
    version: version === undefined ? undefined : compileSelector(version),
  }
}

export function compileSelection(selection: string | Readonly<Record<string, string>>): Selection {
  if (typeof selection === 'string') return compileSelector(selection)
  const columns: [string, Selector][] = Object.entries(selection).map(([name, text]) => [
    name,
    compileSelector(text),
  ])
  return new Map(columns)
}
