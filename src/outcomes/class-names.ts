/** The classes of one output, bounded; classes beyond the limit are `other`. */
import type { Truth } from './outcome.ts'

export const OTHER_CLASS = 'other'
/** Maximum characters; longer texts are not class names. */
const LONGEST_CLASS = 64

export class ClassNames {
  /** In order of first occurrence, without `other`. */
  readonly names: string[] = []
  readonly #numbers = new Map<string, number>()
  readonly #limit: number
  readonly #configured: readonly string[]
  /** Whether predictions are true and false; labels of 0 and 1 then mean these. */
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

  /** One spelling for a class, given as a number, a text or a boolean. */
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
    // "1.0" and 1 are the same class.
    return String(number)
  }

  find(name: string): number | undefined {
    return this.#numbers.get(name)
  }

  /** Its number, created while there is room; otherwise that of `other`. */
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
