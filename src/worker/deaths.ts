/** Records what analysis threads were reading when they crashed. */
import type { ControlBlock } from '../ring/control.ts'

/** Older records are dropped. */
const MOST_DEATHS = 64

interface Death {
  readonly request: number
  readonly response: number
}

export class Deaths {
  readonly #deaths: Death[] = []

  /** Returns whether the thread ended in the middle of an exchange. */
  note({
    analysedRequest: request,
    analysedResponse: response,
  }: Pick<ControlBlock, 'analysedRequest' | 'analysedResponse'>): boolean {
    if (request === 0 && response === 0) return false
    this.#deaths.push({ request, response })
    if (this.#deaths.length > MOST_DEATHS) this.#deaths.shift()
    return true
  }

  /**
   * Blames the request. A response is blamed when there was no request body, or when two threads crashed on the same
   * response: a common answer must not be ignored because of a single crash.
   */
  get fatalBodies(): readonly number[] {
    const hashes = new Set<number>()
    const responses = new Set<number>()
    for (const { request, response } of this.#deaths) {
      if (request !== 0) hashes.add(request)
      if (response !== 0 && (request === 0 || responses.has(response))) hashes.add(response)
      responses.add(response)
    }
    return [...hashes]
  }
}
