/** The classes of one output, bounded; what comes over the limit is `other`. */
import type { Truth } from './outcome.ts'

export const OTHER_CLASS = 'other'
/** Characters; longer texts are no names of classes. */
const LONGEST_CLASS = 64

export class ClassNames {
  /** In the order in which they came; `other` is not among them. */
  readonly names: string[] = []
  readonly #numbers = new Map<string, number>()
  readonly #limit: number
  readonly #configured: readonly string[]
  /** Whether predictions are true and false, so that labels of 0 and 1 mean these. */
  usesBooleans = false

  constructor(limit: number, configured: readonly string[]) {
    this.#limit = limit
    this.#configured = configured
    for (const name of configured) this.add(name)
  }

  /** The number of `other`, and the maximum number of classes. */
  get other(): number {
    return this.#limit
  }

  /** One spelling for a class, whether it came as a number, a text or true and false. */
  nameOf(value: Truth): string {
    if (typeof value === 'boolean') return this.usesBooleans ? String(value) : value ? '1' : '0'
    const text = typeof value === 'number' ? String(value) : value.trim()
    const number = text === '' ? Number.NaN : Number(text)
    const configured = Number.isInteger(number) ? this.#configured[number] : undefined
    if (configured !== undefined && !this.#configured.includes(text)) return configured
    if (/^(?:true|false)$/i.test(text)) {
      const isTrue = text.toLowerCase() === 'true'
      return this.usesBooleans ? String(isTrue) : this.#numbers.has(text) ? text : isTrue ? '1' : '0'
    }
    if (Number.isNaN(number)) return text
    if (this.usesBooleans && (number === 0 || number === 1)) return String(number === 1)
    // "1.0" and 1 are one class.
    return String(number)
  }

  find(name: string): number | undefined {
    return this.#numbers.get(name)
  }

  /** Its number, made when there is room; else that of `other`. */
  add(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    if (
      this.names.length >= this.#limit ||
      name.length > LONGEST_CLASS ||
      !name.isWellFormed() ||
      name === OTHER_CLASS
    )
      return this.#limit
    this.names.push(name)
    this.#numbers.set(name, this.names.length - 1)
    return this.names.length - 1
  }

  /** Includes `other` for its number. */
  label(number: number): string {
    return this.names[number] ?? OTHER_CLASS
  }
}
