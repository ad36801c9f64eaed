/** State of a followed log file besides its lines: its origin, and incomplete lines. */
import { type BentoSchema, bentoSchemaOf } from './bento-schema.ts'
import { ContainerLog } from './container-log.ts'
import { type LogOrigin, originOf } from './log-origin.ts'

/** Lines between two checks for a missing schema. */
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

  /** The schema of BentoML's monitoring log; BentoML writes it together with the first row. */
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
