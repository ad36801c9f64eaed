import type { Exchange } from '../observe/exchange.ts'
import type { GenerationAnswer } from './generation-answer.ts'
import type { GenerationFacts } from './generation.ts'
import type { Invocation } from './invocations.ts'
import type { RecordBatch } from './record-batch.ts'
import type { DecodeSettings } from './settings.ts'

/** What a call is for; the value of the label `operation`. `health` and `metadata` are never predictions. */
export const OPERATIONS = ['predict', 'explain', 'chat', 'embeddings', 'health', 'metadata', 'other'] as const
export type Operation = (typeof OPERATIONS)[number]

/** What the path and the headers tell, before any body is read. Empty strings where they do not say. */
export interface Recognition {
  readonly operation: Operation
  readonly model: string
  readonly version: string
}

/** Why a payload gave no rows; the value of the label `reason`, so a closed set. */
export const FAILURES = [
  'not-json',
  'not-text',
  'not-protobuf',
  'truncated',
  'encoding-unknown',
  'encoding-broken',
  'empty',
  'shape-unknown',
  'shape-mismatch',
  'rows-unequal',
  'too-many-rows',
  'type-unsupported',
  'selector-no-match',
  'opaque',
] as const
export type Failure = (typeof FAILURES)[number]

/**
 * `undefined` is success. A payload that cannot be decoded is this value and a counter, never an exception. A failure
 * may leave rows in the batch: the request was over the copy's limit but the response was read, or the two have
 * different numbers of rows and only the features count. So count the failure, and use the batch when it has rows.
 */
export type DecodeResult = { readonly failure: Failure } | undefined

/** A parsed body, or why there is none. Parsed at most once an exchange, however many protocols ask. */
export type Parsed = { readonly value: unknown } | { readonly failure: Failure }

/** A body with its content encoding undone, or why there is none. */
export type Decoded = { readonly bytes: Uint8Array } | { readonly failure: Failure }

/** What one stage found out of a call and another asks for again. It goes with the call, whose object is used again. */
export interface Findings {
  generation: GenerationAnswer | undefined
  invocation: Invocation | undefined
}

/** An exchange with its bodies ready to be read: content encoding undone, text and JSON parsed on demand. */
export interface Call {
  readonly exchange: Exchange
  /** Path of the target without the query. */
  readonly path: string
  /** What the configuration says about reading payloads. */
  readonly settings: DecodeSettings
  readonly findings: Findings
  readonly requestBytes: () => Decoded
  readonly responseBytes: () => Decoded
  /** Tolerates bare NaN, Infinity and -Infinity tokens; see `parseJson`. */
  readonly requestJson: () => Parsed
  readonly responseJson: () => Parsed
}

/**
 * A payload protocol. `name` is the word in the config, the label value and the file's name. `recognise` looks at
 * method, path and headers (and at the body only where the path is ambiguous); the first protocol of the registry
 * that answers takes the call. `decode` fills a batch with the rows of a successful prediction; it starts from an
 * empty batch and never throws.
 */
export interface Protocol {
  readonly name: string
  /** One line for the docs. */
  readonly summary: string
  readonly recognise: (call: Call) => Recognition | undefined
  readonly decode: (call: Call, batch: RecordBatch) => DecodeResult
  /** `decode` reads nothing of a call but its settings and the JSON of both sides, so that decode-plan.ts may repeat it. */
  readonly decodesOnlyJson?: true
  /** For calls that generate text or embed it, also when they failed or broke off; `undefined` for others. */
  readonly generation?: (call: Call) => GenerationFacts | undefined
}
