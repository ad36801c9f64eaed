/** Infers from the values whether a comparison with a baseline is meaningful. */
import { nameWords } from '../lib/name-words.ts'
import { looksPersonal } from '../lib/personal-data.ts'
import type { CategoryCounter } from './category-counter.ts'
import type { UncomparedKind } from './column-kind.ts'
import type { Instants } from './instants.ts'
import type { NumberOrder } from './number-order.ts'
import { isIdentifierForm } from './value-forms.ts'

/** Share of rows with a unique category from which a column is an identifier. */
const MOSTLY_NEW = 0.9
/** Distinct values per row from which a column is an identifier, if its name, form or personal data agree. */
const OFTEN_DIFFERENT = 0.1
const FEWEST_VALUES = 20
/** Share of distinct names with the form, or with personal data. */
const ALIKE = 0.9
/** Maximum number of names checked. */
const LOOKED_AT = 1_000
/** Numbers with at least this many digits, all of one length: phone and account numbers. */
const LONG_NUMBER = 1e9

const IDENTIFIER_WORDS: ReadonlySet<string> = new Set([
  ...[
    'id',
    'ids',
    'uuid',
    'guid',
    'ulid',
    'uid',
    'no',
    'nr',
    'number',
    'num',
    'hash',
    'ref',
    'reference',
    'key',
  ],
  ...[
    'phone',
    'mobile',
    'msisdn',
    'imei',
    'iban',
    'account',
    'vin',
    'ssn',
    'ean',
    'sku',
    'serial',
    'pan',
    'card',
  ],
])

export interface ValueEvidence {
  readonly name: string
  /** Texts and booleans. */
  readonly categories: CategoryCounter
  readonly numbers: { readonly count: number; readonly min: number; readonly max: number }
  /** Rows by number; undefined with too many distinct numbers. */
  readonly distinct: ReadonlyMap<number, number> | undefined
  readonly instants: Instants
  readonly order: NumberOrder
  /** Where the column says the same in all rows of a call. */
  readonly calls?: number | undefined
}

export function inferKind(evidence: ValueEvidence): UncomparedKind | undefined {
  const { categories, numbers, instants } = evidence
  if (instants.unit !== undefined) return 'timestamp'
  if (categories.total + numbers.count < FEWEST_VALUES) return undefined
  const isIdentifier =
    numbers.count >= MOSTLY_NEW * (numbers.count + categories.total)
      ? isNumberIdentifier(evidence)
      : isTextIdentifier(evidence)
  return isIdentifier ? 'identifier' : undefined
}

function isTextIdentifier({ name, categories, distinct, numbers, calls }: ValueEvidence): boolean {
  const names = categories.ranked()
  let singles = categories.overflow
  for (const [, count] of names) if (count === 1) singles += 1
  for (const count of categories.hashed.values()) if (count === 1) singles += 1
  if (distinct === undefined) singles += numbers.count
  else for (const count of distinct.values()) if (count === 1) singles += 1
  const total = categories.total + numbers.count
  if (singles >= MOSTLY_NEW * total) return true
  const different = categories.size + categories.overflow + (distinct?.size ?? numbers.count)
  if (calls !== undefined && categories.size >= MOSTLY_NEW * calls) return true
  if (different < OFTEN_DIFFERENT * (calls ?? total)) return false
  if (isIdentifierName(name)) return true
  const looked = names.slice(-LOOKED_AT).map(([category]) => category)
  const isMostly = (test: (text: string) => boolean): boolean =>
    looked.length > 0 && looked.filter(test).length >= ALIKE * looked.length
  return isMostly(isIdentifierForm) || isMostly(looksPersonal)
}

function isNumberIdentifier({ name, numbers, distinct, order, calls }: ValueEvidence): boolean {
  if (!order.whole) return false
  if (order.isCounter || order.isCards) return true
  const values = calls ?? numbers.count
  const isMostlyNew = distinct === undefined || distinct.size >= MOSTLY_NEW * values
  const isOftenNew = distinct === undefined || distinct.size >= values / 2
  if (isOftenNew && isIdentifierName(name)) return true
  const isLong = numbers.min >= LONG_NUMBER && digits(numbers.min) === digits(numbers.max)
  return isLong && (isMostlyNew || isIdentifierName(name))
}

const digits = (value: number): number => Math.floor(Math.log10(value)) + 1

/** Checks the last word only, so that `number_of_rooms` and `id_checks` do not match. */
export function isIdentifierName(name: string): boolean {
  return IDENTIFIER_WORDS.has(nameWords(name).at(-1) ?? '')
}
