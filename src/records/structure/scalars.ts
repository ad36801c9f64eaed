/** Classifies the scalars of one member. */
import { isFreeText } from '../free-text.ts'
import { isIdName } from './names.ts'

export interface ScalarFacts {
  readonly present: number
  readonly distinct: number
  readonly numbers: number
  readonly texts: number
  readonly booleans: number
  readonly binaries: number
}

export function scalarFacts(values: readonly unknown[]): ScalarFacts {
  const seen = new Set<unknown>()
  let [present, numbers, texts, booleans, binaries] = [0, 0, 0, 0, 0]
  for (const value of values) {
    if (value === null || value === undefined) continue
    present += 1
    if (typeof value === 'number') numbers += 1
    else if (typeof value === 'string') texts += 1
    else if (typeof value === 'boolean') booleans += 1
    else binaries += 1
    seen.add(value)
  }
  return { present, distinct: seen.size, numbers, texts, booleans, binaries }
}

const NUMBER_TEXT = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/
/** More digits than a double holds. */
const LONGEST_NUMBER_TEXT = 15

/** Whether a text is a number written by a program; a leading zero or plus sign indicates a code. */
export function isNumberText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_NUMBER_TEXT && NUMBER_TEXT.test(value)
}

const ENOUGH_FOR_SHARES = 10

/** Free text written by people: contains spaces, and nearly every value is new. */
export function areFreeTexts(values: readonly unknown[], facts: ScalarFacts): boolean {
  if (facts.texts < facts.present || facts.texts === 0) return false
  const texts = values.filter((value) => typeof value === 'string')
  if (texts.some(isFreeText)) return true
  if (texts.length < ENOUGH_FOR_SHARES) return false
  const spaced = texts.filter((text) => /\S\s+\S/.test(text)).length
  return facts.distinct >= 0.7 * texts.length && spaced >= 0.3 * texts.length
}

const BASE64 = /^(?:data:[^,]{1,80};base64,)?[A-Za-z0-9+/_-]{120,}={0,2}$/
/** Characters checked: a long value such as a picture is recognised by its start. */
const LOOKED_AT = 400

export function areBase64(values: readonly unknown[]): boolean {
  let any = false
  for (const value of values) {
    if (value === null || value === undefined) continue
    if (typeof value !== 'string') return false
    const start = value.slice(0, LOOKED_AT)
    if (!BASE64.test(value.length > LOOKED_AT ? start : value)) return false
    any = true
  }
  return any
}

/** Bytes in a base64 text. */
export function base64Bytes(text: string): number {
  const start = text.startsWith('data:') ? text.indexOf(',') + 1 : 0
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return Math.max(0, Math.floor(((text.length - start) * 3) / 4) - padding)
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const HEX = /^[0-9a-f]{16,}$/i
const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/
/** Letters and digits in one word, as in counters with a prefix and generated keys. */
const CODE = /^(?=[^\s]*\d)[\w:./-]{5,}$/

function isGeneratedId(value: unknown): boolean {
  return typeof value === 'string' && (UUID.test(value) || HEX.test(value) || ULID.test(value))
}

/** Whether the values are identifiers instead of descriptive data. */
export function areIds(name: string, values: readonly unknown[], facts: ScalarFacts): boolean {
  const present = values.filter((value) => value !== null && value !== undefined)
  if (present.length === 0) return false
  if (present.every(isGeneratedId)) return facts.distinct > 1 || present.length < 3
  const isAllNew = facts.distinct >= 0.9 * present.length
  if (isIdName(name)) {
    if (facts.numbers === present.length)
      return isAllNew && (present.length < 3 || present.every(Number.isInteger))
    return isAllNew && facts.texts === present.length
  }
  if (present.length < 5) return false
  if (isAllNew && facts.texts === present.length && present.every((value) => CODE.test(String(value))))
    return !present.every(isNumberText)
  return countsUp(present)
}

/** Integers that increase by a little from each one to the next. */
function countsUp(values: readonly unknown[]): boolean {
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]
    if (typeof value !== 'number' || !Number.isInteger(value)) return false
    if (index === 0) continue
    const step = value - (values[index - 1] as number)
    if (step < 1 || step > 10) return false
  }
  return true
}

const MOMENT =
  /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?$/
const YEAR_MS = 365 * 86_400_000
const EPOCH_UNITS_MS = [1000, 1, 1e-3, 1e-6]

/** Whether all values are timestamps: ISO 8601, or an epoch near the present. */
export function areMoments(values: readonly unknown[], nowEpochMs: number): boolean {
  const present = values.filter((value) => value !== null && value !== undefined)
  if (present.length === 0) return false
  if (present.every((value) => typeof value === 'string' && MOMENT.test(value))) return true
  return EPOCH_UNITS_MS.some((unitMs) =>
    present.every(
      (value) => typeof value === 'number' && Math.abs(value * unitMs - nowEpochMs) < 2 * YEAR_MS,
    ),
  )
}
