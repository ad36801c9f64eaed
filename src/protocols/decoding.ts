/** Converts the payload configuration for decoding. Separate from the schema, which analysis need not load. */
import type { RouteRule } from '../calls/route.ts'
import { compilePathPattern } from '../calls/route-path.ts'
import { type DecodeSettings, NO_SELECTORS, type Selectors } from '../calls/settings.ts'
import type { FindMetadata } from '../calls/tensor-metadata.ts'
import { compileSelection } from '../formats/selection.ts'
import { compileSelector } from '../formats/selector.ts'
import { guess } from './guess.ts'
import { protocols } from './index.ts'
import type { ProtocolsOptions } from './options.ts'
import type { Protocol } from './protocol.ts'

/** How to read payloads: the protocols and their settings. */
export interface Decoding {
  /** Protocols that may take a call, in the order of the registry. */
  readonly protocols: readonly Protocol[]
  readonly settings: DecodeSettings
  /** Configuration of single routes; the first match applies. */
  readonly routes?: readonly RouteRule[]
  /** Texts that mean a missing value. */
  readonly missing?: ReadonlySet<string>
}

export interface DecodeContext {
  /** Maximum size of a body after decompression, in bytes. */
  readonly maxBodyBytes: number
  readonly findMetadata?: FindMetadata | undefined
}

/** Prepares decoding, once at start. */
export function decodingOf(
  options: ProtocolsOptions & { readonly baseline?: { readonly missing: readonly string[] } },
  context: DecodeContext,
): Decoding {
  const { selectors, columnNames, baseline } = options
  const settings: DecodeSettings = {
    ...context,
    selectors: compileSelectors(selectors),
    featureNames: columnNames.features,
    predictionNames: columnNames.predictions,
  }
  return {
    protocols: enabledProtocols(options),
    settings,
    routes: options.routes.map((route) => ruleOf(route, settings)),
    ...(baseline !== undefined && baseline.missing.length > 0 && { missing: new Set(baseline.missing) }),
  }
}

function ruleOf(route: ProtocolsOptions['routes'][number], settings: DecodeSettings): RouteRule {
  const { method, path, model, version, ignore, selectors, columnNames } = route
  const isOwn = selectors !== undefined || columnNames !== undefined
  const own: DecodeSettings = {
    ...settings,
    selectors: selectors === undefined ? settings.selectors : compileSelectors(selectors),
    featureNames: columnNames?.features ?? settings.featureNames,
    predictionNames: columnNames?.predictions ?? settings.predictionNames,
  }
  return {
    method,
    path,
    matches: compilePathPattern(path),
    model,
    version,
    ignore,
    settings: isOwn ? own : undefined,
  }
}

function enabledProtocols({ protocol, selectors, guess: mayGuess }: ProtocolsOptions): readonly Protocol[] {
  return protocols.filter(({ name }) => {
    if (protocol !== 'auto') return name === protocol
    // When selectors for the features are configured, nothing else is used as a feature.
    const hasSelectors = selectors.features !== undefined || selectors.predictions !== undefined
    return name !== guess.name || (mayGuess && !hasSelectors)
  })
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
