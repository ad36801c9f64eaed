/** What the user says of missing values and of decimal separators holds on every way in. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import { Pipeline } from '../../src/analysis/pipeline.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Decimal } from '../../src/formats/text-cell.ts'
import { decodingOf } from '../../src/protocols/decoding.ts'
import { CELL, type RecordBatch } from '../../src/records/record-batch.ts'
import { loggedExchange } from '../../src/sources/logged-exchange.ts'
import { readRows } from '../../src/sources/rows.ts'

const directory = mkdtempSync(join(tmpdir(), 'missing-'))
afterAll(() => rmSync(directory, { recursive: true }))
let files = 0
const put = (content: string, ending: string): string => {
  files += 1
  const file = join(directory, `${files}.${ending}`)
  writeFileSync(file, content)
  return file
}

type Cell = number | string | boolean | null
function cells({ rows, features }: RecordBatch, name: string): Cell[] {
  const column = features.find(name)
  return Array.from({ length: rows }, (_, row) => {
    const tag = column?.tags[row] ?? CELL.MISSING
    if (tag === CELL.MISSING) return null
    return tag === CELL.TEXT ? (column?.texts[row] ?? '') : (column?.numbers[row] ?? Number.NaN)
  })
}

async function read(file: string, name: string, options: Parameters<typeof readRows>[1]): Promise<Cell[]> {
  const all: Cell[] = []
  for await (const batch of readRows(file, options)) all.push(...cells(batch, name))
  return all
}

const AGES = [41.5, '?', ' ? ', 'unknown', 'unknown age', 38.2]
const EXPECTED = [41.5, null, null, null, 'unknown age', 38.2]
const missing = new Set(['?', 'unknown'])

test('JSON lines', async () => {
  const flat = AGES.map((age) => JSON.stringify({ age, prediction: 1 })).join('\n')
  expect(await read(put(flat, 'jsonl'), 'age', { missing })).toEqual(EXPECTED)
  const nested = AGES.map((age) => JSON.stringify({ features: { age }, prediction: 1 })).join('\n')
  expect(await read(put(nested, 'jsonl'), 'age', { missing })).toEqual(EXPECTED)
  expect(await read(put(flat, 'jsonl'), 'age', {})).toEqual(AGES)
})

test('live traffic, by rows and by tensors', () => {
  const { config } = loadConfig({ environment: {}, flags: { baseline: { missing: [...missing] } } })
  const seen: Cell[][] = []
  const pipeline = new Pipeline({
    decoding: decodingOf(config, { maxBodyBytes: 1_048_576 }),
    labels: new ModelLabels(4, { model: 'm', version: '1' }),
    maxColumns: 50,
    onRecognised: () => undefined,
    onRows: (_label, _protocol, batch) => seen.push(cells(batch, 'age')),
    onDecodeFailure: () => undefined,
    onDroppedColumns: () => undefined,
    onBug: (error) => {
      throw error
    },
  })
  const send = (target: string, request: unknown, response: unknown): void => {
    const headers = new Map([['content-type', 'application/json']])
    pipeline.accept(
      loggedExchange({
        ...{ method: 'POST', target, status: 200, latencyMs: 1 },
        request: { headers, body: Buffer.from(JSON.stringify(request)) },
        response: { headers, body: Buffer.from(JSON.stringify(response)) },
      }),
    )
  }
  send(
    '/v1/models/m:predict',
    { instances: AGES.map((age) => ({ age })) },
    { predictions: AGES.map(() => 1) },
  )
  const texts = AGES.map(String)
  send(
    '/v2/models/m/infer',
    { inputs: [{ name: 'age', datatype: 'BYTES', shape: [AGES.length], data: texts }] },
    { outputs: [{ name: 'y', datatype: 'FP64', shape: [AGES.length], data: AGES.map(() => 1) }] },
  )
  expect(seen).toEqual([EXPECTED, EXPECTED.map((age) => (age === null ? null : String(age)))])
})

const amounts = (
  decimal: Decimal | undefined,
  delimiter: string,
  values: readonly string[],
): Promise<Cell[]> =>
  read(
    put(
      ['amount', 'prediction'].join(delimiter) +
        '\n' +
        values.map((value) => `"${value}"${delimiter}1\n`).join(''),
      'csv',
    ),
    'amount',
    { decimal },
  )

test.each<[Decimal | undefined, string, string[], Cell[]]>([
  // By the cells alone, three digits after a point are decimals and after a comma thousands.
  [undefined, ',', ['1.234', '2.500'], [1.234, 2.5]],
  [undefined, ',', ['1,234', '2,500'], [1234, 2500]],
  [undefined, ';', ['1,234', '2,500'], [1.234, 2.5]],
  ['auto', ';', ['1.234,5', '12'], [1234.5, 12]],
  ['comma', ',', ['1.234', '2.500', '7'], [1234, 2500, 7]],
  ['comma', ',', ['1,234', '2,500'], [1.234, 2.5]],
  ['comma', ';', ["1'234,50", '12 000', '-3,5'], [1234.5, 12000, -3.5]],
  ['point', ';', ['1,234', '2,500.5'], [1234, 2500.5]],
  // What does not fit what was said is no number.
  ['point', ';', ['41,5', '38,2'], ['41,5', '38,2']],
  ['comma', ',', ['41.5', '38.2'], [41.5, 38.2]],
])('decimal %s, delimiter %s: %j', async (decimal, delimiter, values, expected) => {
  expect(await amounts(decimal, delimiter, values)).toEqual(expected)
})
