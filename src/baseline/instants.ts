// HOT: per value
/** Detects whether a column holds timestamps, and in which unit. */
import { nameWords } from '../lib/name-words.ts'
import { parseInstant } from './value-forms.ts'

/** Formats of a timestamp: ISO 8601, a day without a time, or a number since 1970. */
export const INSTANT_UNITS = ['iso', 'day', 's', 'ms', 'us', 'ns'] as const
export type InstantUnit = (typeof INSTANT_UNITS)[number]

const MS_PER: Readonly<Record<'s' | 'ms' | 'us' | 'ns', number>> = { s: 1_000, ms: 1, us: 1e-3, ns: 1e-6 }
const NUMBER_UNITS = ['s', 'ms', 'us', 'ns'] as const

const DAY_MS = 86_400_000
/** Numbers this close to the present are timestamps; others in their range are amounts, sizes, counts. */
const [OLDEST_MS, NEWEST_MS] = [400 * DAY_MS, 2 * DAY_MS]
/** 2001-09-09, when seconds reached ten digits: for columns with a name that indicates a time. */
const FIRST_NAMED_MS = 1e12
const TIME_WORDS: ReadonlySet<string> = new Set([
  ...['time', 'timestamp', 'ts', 'date', 'datetime', 'at', 'epoch', 'created', 'updated', 'moment', 'when'],
])

/** Minimum share of values that are timestamps. */
const ENOUGH = 0.95
/** Values of another kind after which the detection stops, in addition to their share. */
const MOST_OTHERS = 20

export const isTimeName = (name: string): boolean => nameWords(name).some((word) => TIME_WORDS.has(word))

/** Milliseconds since 1970; NaN for values that are not a timestamp in that unit. */
export function instantMs(value: string | number, unit: InstantUnit): number {
  if (typeof value === 'string') {
    return unit === 'iso' || unit === 'day' ? (parseInstant(value)?.epochMs ?? Number.NaN) : Number.NaN
  }
  return unit === 'iso' || unit === 'day' ? Number.NaN : value * MS_PER[unit]
}

/** Plain data to restore after a restart. */
export interface InstantsState {
  readonly unit: InstantUnit | undefined
  readonly moments: number
  readonly others: number
}

export class Instants {
  readonly #isNamed: boolean
  #unit: InstantUnit | undefined
  #moments = 0
  #others = 0

  constructor(name: string) {
    this.#isNamed = isTimeName(name)
  }

  /** The unit while the column may hold timestamps. */
  get unit(): InstantUnit | undefined {
    return this.#moments > 0 && this.#moments >= ENOUGH * (this.#moments + this.#others)
      ? this.#unit
      : undefined
  }

  /** Whether another value can change the result. */
  get isOpen(): boolean {
    return this.#others <= MOST_OTHERS || this.unit !== undefined
  }

  add(value: string | number, nowMs: number): void {
    if (!this.isOpen) return
    const unit = this.#unitOf(value, nowMs)
    if (unit === undefined || (this.#unit !== undefined && !isSame(this.#unit, unit))) {
      this.#others += 1
      return
    }
    // A single value with a time makes all of them timestamps.
    if (this.#unit === undefined || unit === 'iso') this.#unit = unit
    this.#moments += 1
  }

  state(): InstantsState {
    return { unit: this.#unit, moments: this.#moments, others: this.#others }
  }

  restore({ unit, moments, others }: InstantsState): void {
    this.#unit = unit
    this.#moments = moments
    this.#others = others
  }

  #unitOf(value: string | number, nowMs: number): InstantUnit | undefined {
    if (typeof value === 'string') {
      const instant = parseInstant(value)
      return instant === undefined ? undefined : instant.isDay ? 'day' : 'iso'
    }
    for (const unit of NUMBER_UNITS) {
      const epochMs = value * MS_PER[unit]
      // The clock of a file without timestamps starts at 0, where every small number would be close to the present.
      const oldest = this.#isNamed ? FIRST_NAMED_MS : Math.max(nowMs - OLDEST_MS, FIRST_NAMED_MS)
      if (epochMs >= oldest && epochMs <= nowMs + NEWEST_MS) return unit
    }
    return undefined
  }
}

const isSame = (a: InstantUnit, b: InstantUnit): boolean =>
  a === b || (a === 'iso' && b === 'day') || (a === 'day' && b === 'iso')
