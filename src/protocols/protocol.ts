import type { AnswerError } from '../calls/answer-error.ts'
import type { Call } from '../calls/call.ts'
import type { Recognition } from '../calls/recognition.ts'
import type { DecodeResult } from '../formats/failure.ts'
import type { GenerationFacts } from '../generation/generation.ts'
import type { RecordBatch } from '../records/record-batch.ts'

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
  /** How a call that ended well on the wire failed, where only this protocol's messages say so. */
  readonly error?: (call: Call) => AnswerError | undefined
  /** For calls that generate text or embed it, also when they failed or broke off; `undefined` for others. */
  readonly generation?: (call: Call) => GenerationFacts | undefined
}
