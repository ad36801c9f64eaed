/** What is known of a followed log file beside its lines: who wrote it, and the lines that are not whole yet. */
import { type BentoSchema, bentoSchemaOf } from './bento-schema.ts'
import { ContainerLog } from './container-log.ts'
import { type LogOrigin, originOf } from './log-origin.ts'

/** Lines between two looks for a schema that was not there. */
const LOOK_EVERY = 1_000

export class LogFile {
  readonly origin: LogOrigin
  readonly container: ContainerLog
  readonly #path: string
  #schema: BentoSchema | undefined
  #untilLook = 0

  constructor(path: string, maxLineBytes: number) {
    this.#path = path
    this.origin = originOf(path)
    this.container = new ContainerLog(maxLineBytes)
  }

  /** Of BentoML's monitoring log; it is written when the first row is. */
  schema(): BentoSchema | undefined {
    if (this.#schema !== undefined || this.#untilLook > 0) {
      this.#untilLook -= 1
      return this.#schema
    }
    this.#untilLook = LOOK_EVERY
    this.#schema = bentoSchemaOf(this.#path)
    return this.#schema
  }
}
