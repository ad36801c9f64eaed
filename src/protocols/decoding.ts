/** The configuration's keys about payloads → what decoding reads. Apart from the schema, which analysis need not load. */
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

/** How payloads are read: by which protocols, and with which settings. */
export interface Decoding {
  /** The protocols that may take a call, in the registry's order. */
  readonly protocols: readonly Protocol[]
  readonly settings: DecodeSettings
  /** What the configuration says of single routes, the first that fits a path counts. */
  readonly routes?: readonly RouteRule[]
  /** Texts that mean a missing value. */
  readonly missing?: ReadonlySet<string>
}

export interface DecodeContext {
  /** Of a body after its content encoding is undone, bytes. */
  readonly maxBodyBytes: number
  readonly findMetadata?: FindMetadata | undefined
}

/** Prepares what decoding needs; once at start. */
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
    // Who says where the features are, wants nothing else to be taken for them.
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
