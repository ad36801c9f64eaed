import type { AnswerError } from '../calls/answer-error.ts'
import type { Call } from '../calls/call.ts'
import type { Recognition } from '../calls/recognition.ts'
import type { DecodeResult } from '../formats/failure.ts'
import type { GenerationFacts } from '../generation/generation.ts'
import type { RecordBatch } from '../records/record-batch.ts'

/**
 * A payload protocol. `name` is the word in the configuration, the label value and the file name. `recognise` checks
 * method, path and headers (and the body only if the path is ambiguous); the first protocol of the registry that
 * matches takes the call. `decode` fills an empty batch with the rows of a successful prediction; it never throws.
 */
export interface Protocol {
  readonly name: string
  /** One line for the docs. */
  readonly summary: string
  readonly recognise: (call: Call) => Recognition | undefined
  readonly decode: (call: Call, batch: RecordBatch) => DecodeResult
  /** `decode` reads only the settings and the JSON of both sides of a call, so decode-plan.ts may repeat it. */
  readonly decodesOnlyJson?: true
  /** The failure of a call that succeeded on the wire, if only this protocol's messages report it. */
  readonly error?: (call: Call) => AnswerError | undefined
  /** For calls that generate or embed text, including failed and aborted ones; otherwise `undefined`. */
  readonly generation?: (call: Call) => GenerationFacts | undefined
}
