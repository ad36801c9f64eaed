/** What a column is taken for by its values. */
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { BaselineBuilder } from '../../src/baseline/builder.ts'
import type { AnyColumnKind } from '../../src/baseline/column-kind.ts'
import { baselineOf } from '../support/baseline.ts'
import { batchOf, type Cell, normalSource, randomSource } from '../support/rows.ts'

const NOW_MS = Date.parse('2026-03-01T12:00:00Z')
const random = randomSource(5)
const normal = normalSource(random)
const integer = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1))
const hex = (count: number): string =>
  Array.from({ length: count }, () => integer(0, 15).toString(16)).join('')
const uuid = (): string => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`
const moment = (): number => NOW_MS - 1_000 * random() * 60

function kindOf(name: string, cell: (row: number) => Cell, rows = 2_000): AnyColumnKind | undefined {
  const features = Array.from({ length: rows }, (_, row) => ({ [name]: cell(row) }))
  const { columns, uncompared = [] } = baselineOf({ features }, { presentMs: NOW_MS })
  return [...columns, ...uncompared].find((column) => column.name === name)?.kind
}

describe('identifiers', () => {
  test.each<[string, string, (row: number) => Cell]>([
    ['UUIDs', 'trace', uuid],
    [
      'ULIDs',
      'event',
      () =>
        `01J${Array.from({ length: 23 }, () => 'ABCDEFGHJKMNPQRSTVWXYZ0123456789'[integer(0, 31)]).join('')}`,
    ],
    ['hexadecimal', 'device', () => hex(12)],
    [
      'UUIDs that come up to three times',
      'session',
      (row) => `${hexOf(row - (row % 3))}-0000-4000-8000-000000000000`,
    ],
    ['a prefix and a number', 'customer', (row) => `VHQEG-${7590 + row}`],
    ['numbers that count upwards', 'PassengerId', (row) => 892 + row],
    ['the same with gaps, out of order', 'n', (row) => 10_000 + 7 * (row ^ 5)],
    ['names of people', 'full_name', () => `${hex(6)} ${hex(8)}`],
    ['e-mail addresses', 'contact', () => `${hex(5)}@example.com`],
    ['telephone numbers as numbers', 'msisdn', () => integer(491_510_000_000, 491_799_999_999)],
    ['the same without a name that says so', 'x', () => integer(491_510_000_000, 491_799_999_999)],
    ['random numbers that are called an id', 'customerId', () => integer(1, 900_000)],
    ['ticket numbers as texts', 'Ticket', () => String(integer(110_000, 399_999))],
    ['file names', 'url', (row) => `https://images.example/a/${70_100 + row}`],
  ])('%s', (_what, name, cell) => {
    expect(kindOf(name, cell)).toBe('identifier')
  })
})

function hexOf(row: number): string {
  return (row * 2_654_435_761).toString(16).padStart(8, '0').slice(0, 8)
}

describe('timestamps', () => {
  test.each<[string, string, (row: number) => Cell]>([
    ['ISO 8601', 'ts', () => new Date(moment()).toISOString()],
    ['with an offset', 'at', () => new Date(moment()).toISOString().replace('Z', '+00:00')],
    ['without a zone', 'time', () => new Date(moment()).toISOString().slice(0, 19)],
    ['as SQL writes it', 'created', () => new Date(moment()).toISOString().slice(0, 19).replace('T', ' ')],
    ['dates', 'date', () => new Date(moment()).toISOString().slice(0, 10)],
    ['seconds', 'sent', () => Math.floor(moment() / 1_000)],
    ['seconds with a fraction', 'sent', () => moment() / 1_000],
    ['milliseconds', 'sent', () => Math.floor(moment())],
    ['microseconds', 'sent', () => Math.floor(moment() * 1e3)],
    ['nanoseconds', 'sent', () => Math.floor(moment() * 1e6)],
    [
      'seconds of years ago, in a column called so',
      'event_time',
      () => integer(1_100_000_000, 1_300_000_000),
    ],
    ['a few missing', 'ts', (row) => (row % 10 === 0 ? undefined : new Date(moment()).toISOString())],
  ])('%s', (_what, name, cell) => {
    expect(kindOf(name, cell)).toBe('timestamp')
  })
})

describe('compared all the same', () => {
  test.each<[string, AnyColumnKind, string, (row: number) => Cell]>([
    ['amounts', 'numeric', 'amount', () => Math.exp(normal())],
    ['whole amounts of many digits', 'numeric', 'value', () => Math.round(32_000_000 + 400_000 * normal())],
    ['a sorted column', 'numeric', 'income', (row) => row * 1.5],
    [
      'a sorted normal column of whole numbers',
      'numeric',
      'area',
      (row) => Math.round(1e6 * quantileLike(row / 2_000)),
    ],
    ['zones that are called an id', 'numeric', 'PULocationID', () => integer(1, 260)],
    ['few stores that are called an id', 'discrete', 'store_id', () => integer(1, 12)],
    [
      'few tenants with UUIDs',
      'categorical',
      'tenant',
      (row) => `${hexOf(row % 7)}-0000-4000-8000-000000000000`,
    ],
    [
      'categories with a long tail',
      'categorical',
      'shop',
      () => `shop ${Math.floor(Math.exp(9 * random()))}`,
    ],
    [
      'a number in the range of a time, not near the present',
      'numeric',
      'bytes',
      () => integer(1_000_000_000, 1_400_000_000) / 3,
    ],
    ['a sum that rises with its rows', 'numeric', 'sum', (row) => row + ((row * row) % 13)],
    ['the same of few rows', 'numeric', 'sum', (row) => (row % 200) + ((row * 7) % 13)],
    ['years', 'numeric', 'year', () => integer(1950, 2010)],
    ['booleans', 'categorical', 'flag', () => random() < 0.5],
    ['rows of a batch', 'discrete', 'position', (row) => row % 10],
  ])('%s', (_what, kind, name, cell) => {
    expect(kindOf(name, cell)).toBe(kind)
  })
})

/** Rises as a sorted normal column does. */
const quantileLike = (share: number): number => Math.log((share + 0.001) / (1.001 - share)) + 10

test('a person decides otherwise', () => {
  const features = Array.from({ length: 500 }, (_, row) => ({ a: uuid(), b: row, c: 'x', d: row % 3 }))
  const kinds = { a: 'categorical', b: 'numeric', c: 'identifier', d: 'ignored' } as const
  const { columns, uncompared = [] } = baselineOf({ features }, { kinds })
  const found = [...columns, ...uncompared].map(({ name, kind }) => `${name} ${kind}`)
  expect(found).toEqual(['a categorical', 'b numeric', 'c identifier', 'd ignored'])
})

test('the age of a moment at arrival is a column of numbers, where it is known when rows came', () => {
  const build = (arrivedMs: number | undefined) => {
    const builder = new BaselineBuilder({ features: 10, categories: 10, presentMs: NOW_MS })
    for (let row = 0; row < 500; row += 1) {
      const ts = new Date(NOW_MS - 1_000 * (row % 60)).toISOString()
      builder.add(batchOf([{ ts, day: ts.slice(0, 10), s: NOW_MS / 1_000 - 5, text: 'a' }]), arrivedMs)
    }
    return builder.build({ model: '', version: '', source: '', createdEpochMs: NOW_MS })
  }
  const live = build(NOW_MS)
  expect(live.uncompared?.map(({ name, unit }) => `${name} ${unit}`)).toEqual(['ts iso', 'day day', 's s'])
  expect(live.columns.map(({ name }) => name)).toEqual(['text', 'ts_age_seconds', 's_age_seconds'])
  expect(live.columns[1]).toMatchObject({ kind: 'numeric', min: 0, max: 59, role: 'feature' })
  expect(live.columns[2]).toMatchObject({ kind: 'discrete', values: [5] })
  expect(build(undefined).columns.map(({ name }) => name)).toEqual(['text'])
})

test('on the disk while learning there are no texts, and no values of an identifier', () => {
  const build = (): BaselineBuilder =>
    new BaselineBuilder({ features: 10, categories: 10, presentMs: NOW_MS })
  const row = (i: number) => ({
    phone: 491_510_000_000 + 7 * i,
    who: `ann${i}@example.com`,
    city: 'Rome',
    age: i % 50,
  })
  const [first, second] = [build(), build()]
  for (let i = 0; i < 400; i += 1) first.add(batchOf([row(i)]), NOW_MS)
  const state = first.state()
  const text = inspect(state, { depth: 20, maxArrayLength: null })
  for (const secret of ['Rome', 'ann', '491510', '49151000']) expect(text).not.toContain(secret)
  second.restore(structuredClone(state))
  for (let i = 400; i < 800; i += 1)
    for (const builder of [first, second]) builder.add(batchOf([row(i)]), NOW_MS)
  const meta = { model: '', version: '', source: '', createdEpochMs: NOW_MS }
  const [whole, resumed] = [first.build(meta), second.build(meta)]
  expect(resumed.uncompared).toEqual(whole.uncompared)
  expect(resumed.columns).toMatchObject(whole.columns.map(({ name, kind }) => ({ name, kind })))
  expect(resumed.columns[0]).toMatchObject({ categories: ['Rome'], shares: [1] })
})
