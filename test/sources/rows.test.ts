import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { ModeltapError } from '../../src/errors.ts'
import type { ColumnChoice } from '../../src/sources/column-choice.ts'
import { readRows } from '../../src/sources/rows.ts'
import type { RowsOptions } from '../../src/sources/rows-options.ts'
import { type CellValue, readColumns } from '../protocols/read-batch.ts'

const directory = mkdtempSync(join(tmpdir(), 'modeltap-rows-'))
afterAll(() => rmSync(directory, { recursive: true }))

function write(name: string, content: string | Buffer): string {
  const file = join(directory, name)
  writeFileSync(file, content)
  return file
}

interface Read {
  readonly rows: number
  readonly features: Record<string, CellValue[]>
  readonly predictions: Record<string, CellValue[]>
}

/** All batches of a file, end to end. */
type Options = Partial<RowsOptions> & ColumnChoice

async function read(file: string, { features, predictions, ...options }: Options = {}): Promise<Read> {
  const result: Read & { rows: number } = { rows: 0, features: {}, predictions: {} }
  for await (const batch of readRows(file, { choice: { features, predictions }, ...options })) {
    result.rows += batch.rows
    for (const role of ['features', 'predictions'] as const) {
      for (const [name, cells] of Object.entries(readColumns(batch[role], batch.rows)))
        (result[role][name] ??= []).push(...cells)
    }
  }
  return result
}

async function failure(file: string, options?: Options): Promise<{ code: string; text: string }> {
  try {
    await read(file, options)
  } catch (error) {
    if (error instanceof ModeltapError) return { code: error.code, text: `${error.message}\n${error.hint}` }
    throw error
  }
  throw new Error('was read without an error')
}

describe('CSV', () => {
  test('numbers, missing values, booleans, text and codes', async () => {
    const file = write(
      'types.csv',
      'age,zip,member,note,mixed,id\r\n30,01234,true,"a, ""b""",1,9007199254740993\r\n,99999,False,,x,1\r\n4.5e1,12345,NA,c,2,2\r\n',
    )
    expect(await read(file)).toEqual({
      rows: 3,
      features: {
        age: [30, null, 45],
        zip: ['01234', '99999', '12345'],
        member: [true, false, null],
        note: ['a, "b"', null, 'c'],
        mixed: ['1', 'x', '2'],
        id: ['9007199254740993', 1, 2],
      },
      predictions: {},
    })
  })

  test('long texts are measured, as those of live rows are', async () => {
    const rows = [
      { id: 1, comment: 'late', prediction: 0 },
      { id: 2, comment: 'it came two weeks late, and the box was broken', prediction: 1 },
    ]
    const csv = rows.map(({ id, comment, prediction }) => `${id},"${comment}",${prediction}`)
    const lines = write('texts.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'))
    const table = write('texts.csv', `id,comment,prediction\n${csv.join('\n')}\n`)
    expect((await read(table)).features).toEqual({
      id: [1, 2],
      comment: ['late', null],
      comment_chars: [null, 46],
      comment_words: [null, 10],
    })
    // Each line is a batch of its own, in which a column either is or is not.
    expect((await read(lines)).features).toEqual({
      id: [1, 2],
      comment: ['late'],
      comment_chars: [46],
      comment_words: [10],
    })
  })

  test('columns are chosen and renamed; predictions are found by their name', async () => {
    const file = write('choice.csv', 'a,b,species,prediction\n1,2,x,0\n')
    expect(await read(file)).toMatchObject({
      features: { a: [1], b: [2], species: ['x'] },
      predictions: { prediction: [0] },
    })
    expect(await read(file, { features: ['b', 'first=a'], predictions: ['predict=species'] })).toEqual({
      rows: 1,
      features: { b: [2], first: [1] },
      predictions: { predict: ['x'] },
    })
  })

  test('more rows than a batch, packed, with a byte order mark and semicolons', async () => {
    const lines = Array.from({ length: 2500 }, (_, row) => `${row};"${row / 2}"`)
    const file = write('long.csv.gz', gzipSync(`\ufeffx;y\n${lines.join('\n')}\n`))
    const { rows, features } = await read(file)
    expect(rows).toBe(2500)
    expect(features['x']).toEqual(lines.map((_, row) => row))
    expect(features['y']?.[2499]).toBe(1249.5)
  })

  test('cells in quotes are the same cells, whatever ends the lines', async () => {
    const cell = fc.oneof(
      fc.constantFrom('', '7', '007', '-0', '1e5', 'inf', 'NA', 'true', ' 3 ', 'é', '9007199254740993'),
      fc.double().map(String),
    )
    const ends = fc.constantFrom('\n', '\r\n', '\r', '\n\n')
    const line = fc.tuple(fc.constantFrom('7', '8.5'), cell, cell, ends)
    const files = fc.record({
      lines: fc.array(line, { minLength: 1, maxLength: 40 }),
      columns: fc.integer({ min: 1, max: 3 }),
      mark: fc.constantFrom('', '\ufeff'),
    })
    await fc.assert(
      fc.asyncProperty(files, async ({ lines, columns, mark }) => {
        const text = (quote: string): string =>
          [['a', 'b', 'c', '\n'] as const, ...lines]
            .map(([...cells]) => [cells.slice(0, columns), cells.at(-1)] as const)
            .map(([cells, end]) => `${cells.map((cell) => quote + cell + quote).join(';')}${end}`)
            .join('')
        const plain = await read(write('plain.csv', mark + text('')))
        expect(plain).toEqual(await read(write('quoted.csv', mark + text('"'))))
        expect(plain.rows).toBe(lines.length)
      }),
      { numRuns: 100 },
    )
  })

  test('numbered names are names, and so is the one that is not there', async () => {
    const frame = write('frame.csv', ',0,1,2\n0,5,6,7\n')
    const notes: string[] = []
    expect((await read(frame, { onNote: (note) => notes.push(note) })).features).toEqual({
      0: [5],
      1: [6],
      2: [7],
    })
    expect(notes).toEqual([expect.stringContaining('the index of a data frame, left out')])
    expect((await read(write('gap.csv', 'a,,b\n1,2,3\n'))).features).toEqual({
      a: [1],
      column_1: [2],
      b: [3],
    })
    expect(Object.keys((await read(write('years.csv', 'city,2019,2020\nUlm,1,2\n'))).features)).toEqual([
      '2019',
      '2020',
      'city',
    ])
  })

  test('facts of a row are features only when they are chosen', async () => {
    const fields = { id: '$.request' }
    const csv = write('facts.csv', 'timestamp,age,model,request\n1700000000,2,m,4\n')
    const jsonl = write('facts.jsonl', '{"timestamp": 1700000000, "age": 2, "model": "m", "request": 4}\n')
    for (const file of [csv, jsonl]) {
      const notes: string[] = []
      const { features } = await read(file, { fields, onNote: (note) => notes.push(note) })
      expect(features).toEqual({ age: [2] })
      expect(notes).toEqual([expect.stringMatching(/^timestamp, model: taken for what is known of a row/)])
      expect(Object.keys((await read(file, { fields, features: ['model'] })).features)).toEqual(['model'])
    }
  })

  test('what cannot be read says where and what is allowed', async () => {
    const ragged = await failure(write('ragged.csv', 'a,b\n1,2\n1\n'))
    expect(ragged.code).toBe('INPUT_INVALID')
    expect(ragged.text).toMatch(/ragged\.csv: line 3: .*\n.*as many cells as the header/)
    expect((await failure(write('twice.csv', 'a,a\n1,2\n'))).text).toContain('column "a" occurs twice')
    expect((await failure(write('empty.csv', ''))).text).toContain('is empty')
    for (const first of ['5.1,3.5', 'a,3.5', '7,3', 'true,false', '1e3,x', '-1,2'])
      expect((await failure(write('headless.csv', `${first}\n1,2\n`))).text).toContain(
        'line 1 looks like a row of values',
      )
    const unknown = await failure(write('unknown.csv', 'a,b\n1,2\n'), { features: ['c'] })
    expect(unknown.text).toContain('has no column "c"\nIts columns are "a", "b".')
  })
})

describe('JSON lines', () => {
  test('features and predictions apart', async () => {
    const file = write(
      'apart.jsonl',
      '{"features": {"age": 30, "job": null}, "predictions": {"class": "good"}}\n\n{"features": {"age": NaN}, "prediction": 0.5, "id": 7}\n{"features": [[1, 2], [3, 4]], "predictions": [0, 1]}\n',
    )
    expect(await read(file)).toEqual({
      rows: 4,
      features: { age: [30, NaN], job: [null], feature_0: [1, 3], feature_1: [2, 4] },
      predictions: { class: ['good'], prediction: [0.5, 0, 1] },
    })
  })

  test('flat lines, with keys that come and go', async () => {
    const file = write('flat.ndjson', '{"a": 1, "prediction": 0}\n{"b": "x", "prediction": 1}\n')
    expect(await read(file)).toEqual({
      rows: 2,
      features: { a: [1], b: ['x'] },
      predictions: { prediction: [0, 1] },
    })
    expect(await read(file, { features: ['b'], predictions: ['score=prediction'] })).toEqual({
      rows: 2,
      features: { b: ['x'] },
      predictions: { score: [0, 1] },
    })
  })

  test('selectors', async () => {
    const file = write('selected.jsonl', '{"in": {"rows": [[1], [2]]}, "out": [5, 6]}\n')
    expect(await read(file, { fields: { features: '$.in.rows', predictions: '$.out' } })).toEqual({
      rows: 2,
      features: { rows: [1, 2] },
      predictions: { out: [5, 6] },
    })
  })

  test.each([
    ['{"a": 1}\n{"a": \n', 'line 2 is not JSON'],
    ['[1]\n', 'line 1 is not an object'],
    ['{"features": [[1],[2]], "predictions": [1,2,3]}', '2 rows of features and 1 of predictions'],
  ])('%j is refused', async (content, message) => {
    const { code, text } = await failure(write('bad.jsonl', content))
    expect(code).toBe('INPUT_INVALID')
    expect(text).toContain(message)
  })

  test('a chosen column that no line has is refused', async () => {
    const file = write('absent.jsonl', '{"a": 1}\n{"b": 1}\n')
    expect((await failure(file, { features: ['a', 'c'] })).text).toContain(
      'has no column "c"\nIts columns are "a", "b"',
    )
  })
})

test.each(['nowhere.csv', 'nowhere.jsonl', 'nowhere.csv.gz'])('%s does not exist', async (name) => {
  const { code, text } = await failure(join(directory, name))
  expect(code).toBe('INPUT_UNREADABLE')
  expect(text).toContain(name)
})

test('an unknown ending lists the known ones', async () => {
  expect((await failure(write('rows.xlsx', ''))).text).toContain('.csv, .tsv, .jsonl, .ndjson')
})
