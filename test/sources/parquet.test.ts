import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ColumnChoice } from '../../src/sources/column-choice.ts'
import { countParquetRows } from '../../src/sources/parquet.ts'
import { readRows } from '../../src/sources/rows.ts'
import { type CellValue, readColumns } from '../protocols/read-batch.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures/sources')

async function read(file: string, choice: ColumnChoice = {}) {
  const features: Record<string, CellValue[]> = {}
  const predictions: Record<string, CellValue[]> = {}
  for await (const batch of readRows(file, { choice })) {
    for (const [name, cells] of Object.entries(readColumns(batch.features, batch.rows))) {
      features[name] = [...(features[name] ?? []), ...cells]
    }
    for (const [name, cells] of Object.entries(readColumns(batch.predictions, batch.rows))) {
      predictions[name] = [...(predictions[name] ?? []), ...cells]
    }
  }
  return { features, predictions }
}

test.each(['snappy', 'zstd', 'gzip', 'none'])(
  'every type of column, over row groups: %s',
  async (compression) => {
    const file = join(FIXTURES, `mixed-${compression}.parquet`)
    expect(await countParquetRows(file)).toBe(5)
    const { features, predictions } = await read(file)
    expect(predictions).toEqual({ prediction: [0.1, 0.2, 0.3, 0.4, 0.5] })
    expect(features).toMatchObject({
      income: [1.5, null, Number.NaN, 4, 2.5],
      small: [1.5, 2.5, null, 0.25, 8],
      count: [1, 2, 3, null, 5],
      big: [1, '9007199254740993', 3, 4, 5],
      city: ['Graz', 'Wien', null, 'Graz', null],
      kind: ['a', 'b', 'a', null, 'a'],
      member: [true, false, null, true, true],
      day: Array.from({ length: 5 }, () => '2024-01-02'),
      price: Array.from({ length: 5 }, () => 1.25),
    })
    expect(Object.keys(features)).toHaveLength(10)
  },
)

test('long texts are measured, as those of live rows are', async () => {
  expect((await read(join(FIXTURES, 'texts.parquet'))).features).toEqual({
    comment: ['late', null, null],
    comment_chars: [null, 46, null],
    comment_words: [null, 10, null],
    story_chars: [46, 46, 46],
    story_words: [10, 10, 10],
  })
})

test('columns are chosen and renamed', async () => {
  const file = join(FIXTURES, 'mixed-snappy.parquet')
  const { features, predictions } = await read(file, { features: ['where=city'], predictions: ['income'] })
  expect(features).toEqual({ where: ['Graz', 'Wien', null, 'Graz', null] })
  expect(Object.keys(predictions)).toEqual(['income'])
  await expect(read(file, { features: ['nothing'] })).rejects.toThrow('has no column "nothing"')
})

test('a missing file, and one that is no Parquet', async () => {
  await expect(read('/nowhere/x.parquet')).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' })
  const file = join(await mkdtemp(join(tmpdir(), 'parquet-')), 'x.parquet')
  await writeFile(file, 'a,b\n1,2\n')
  await expect(read(file)).rejects.toMatchObject({ code: 'INPUT_INVALID' })
})
