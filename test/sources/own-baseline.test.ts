/** A file replayed against its own baseline has no missing column and no drift, whatever its ending and its shape. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { buildBaseline } from '../../src/baseline/builder.ts'
import { replay } from '../../src/cli/replay/engine.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { inputFormats } from '../../src/sources/input-formats.ts'
import { readRows } from '../../src/sources/rows.ts'
import { randomSource } from '../support/rows.ts'
import { writeParquet } from './write-parquet.ts'

const directory = mkdtempSync(join(tmpdir(), 'modeltap-own-baseline-'))
afterAll(() => rmSync(directory, { recursive: true }))

const ROWS = 600
const random = randomSource(11)
const rows = Array.from({ length: ROWS }, (_, index) => ({
  age: Math.round(20 + 50 * random()),
  job: ['cook', ' clerk', 'nurse'][index % 3] ?? '',
  rate: [0.1, 0.2, 0.7][index % 3] ?? 0,
  score: random(),
}))

const sideOf = (flags: Record<string, unknown>) => loadConfig({ environment: {}, flags }).config

async function replayedAgainstItself(file: string, config = sideOf({})) {
  const baseline = await buildBaseline(
    readRows(file, { fields: config.tail.fields, columnNames: config.columnNames }),
    {
      model: '',
      version: '',
      source: file,
      createdEpochMs: 0,
      limits: config.limits,
    },
  )
  const result = await replay({
    file,
    config,
    baseline,
    rowsPerSecond: 1,
    choice: {},
    onEvent: () => undefined,
    onNote: () => undefined,
    onProgress: () => undefined,
  })
  return { baseline, result }
}

async function expectItself(file: string, config = sideOf({})): Promise<readonly string[]> {
  const { baseline, result } = await replayedAgainstItself(file, config)
  const columns = result.models.flatMap((model) => model.columns)
  expect(result).toMatchObject({ lines: ROWS, unread: {} })
  expect(result.models.map(({ rows: count }) => count)).toEqual([ROWS])
  expect(columns.map(({ role, name }) => `${role} ${name}`)).toEqual(
    baseline.columns.map(({ role, name }) => `${role} ${name}`),
  )
  for (const { name, values, windows } of columns) {
    expect({ name, ...values }).toMatchObject({ missing: 0, wrong_type: 0, unseen: 0, out_of_range: 0 })
    const whole = windows.find(({ window }) => window === 'all')
    expect(
      whole?.scores.filter(({ drifted }) => drifted).map(({ statistic }) => `${name} ${statistic}`),
    ).toEqual([])
    const psi = whole?.scores.find(({ statistic }) => statistic === 'psi')?.value
    expect(psi ?? 0, name).toBeLessThan(0.01)
  }
  return columns.map(({ name }) => name)
}

const flat = rows.map(({ score, ...features }) => ({ ...features, prediction: score }))
const jsonLines = (lines: readonly unknown[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('')
const delimited = (delimiter: string): string =>
  ['age', 'job', 'rate', 'prediction'].join(delimiter) +
  flat.map(({ age, job, rate, prediction }) => `\n${[age, job, rate, prediction].join(delimiter)}`).join('')

/** By ending, so that a new one without a file fails. */
/** Recordings of packets are traffic and have no rows to build from. */
type RowFormat = Exclude<keyof typeof inputFormats, 'pcap' | 'pcapng'>

const CONTENTS: Readonly<Record<RowFormat, () => string | Uint8Array>> = {
  csv: () => delimited(','),
  tsv: () => delimited('\t'),
  jsonl: () => jsonLines(flat),
  ndjson: () => jsonLines(flat),
  parquet: () => writeParquet(flat),
}

test.each(Object.keys(CONTENTS) as RowFormat[])('.%s', async (ending) => {
  const file = join(directory, `rows.${ending}`)
  const content = CONTENTS[ending]()
  writeFileSync(file, content)
  expect(await expectItself(file)).toEqual(['age', 'job', 'rate', 'prediction'])
  if (typeof content !== 'string') return
  writeFileSync(`${file}.gz`, gzipSync(content))
  expect(await expectItself(`${file}.gz`)).toEqual(['age', 'job', 'rate', 'prediction'])
})

interface Shape {
  readonly line: (row: (typeof rows)[number]) => unknown
  readonly columns: readonly string[]
  readonly flags?: Record<string, unknown>
}

const SHAPES: Readonly<Record<string, Shape>> = {
  'features and predictions as objects': {
    line: ({ score, ...features }) => ({ features, predictions: { score } }),
    columns: ['age', 'job', 'rate', 'score'],
  },
  'features and a prediction': {
    line: ({ score, ...features }) => ({ features, prediction: score }),
    columns: ['age', 'job', 'rate', 'prediction'],
  },
  'predictions alone, an object': {
    line: ({ score }) => ({ predictions: { score } }),
    columns: ['score'],
  },
  'predictions alone, with facts': {
    line: ({ score }) => ({ timestamp: '2025-03-01T10:00:00Z', model: 'm', predictions: { score } }),
    columns: ['score'],
  },
  'a flat line with nested members': {
    line: ({ age, score, job }) => ({ age, home: { job }, prediction: score }),
    columns: ['age', 'home.job', 'prediction'],
  },
  'flat, with facts beside': {
    line: ({ age, score }) => ({ model: 'm', status: 200, latency: 0.2, age, prediction: score }),
    columns: ['age', 'prediction'],
  },
  'a feature called model': {
    line: ({ job, age, score }) => ({ model: job, latency: -age, status: age, prediction: score }),
    columns: ['model', 'latency', 'status', 'prediction'],
  },
  'arrays of numbers': {
    line: ({ age, rate, score }) => ({ features: [age, rate], predictions: [score] }),
    columns: ['feature_0', 'feature_1', 'prediction'],
  },
  'arrays with configured names': {
    line: ({ age, rate, score }) => ({ features: [[age, rate]], predictions: [score] }),
    columns: ['age', 'rate', 'prediction'],
    flags: { columnNames: { features: ['age', 'rate'] } },
  },
  'mapped by tail.fields': {
    line: ({ age, score }) => ({ input: { customer: { age } }, output: { score } }),
    columns: ['age', 'score'],
    flags: { tail: { fields: { features: '$.input.customer', predictions: { score: '$.output.score' } } } },
  },
  'a SageMaker capture': {
    line: ({ age, rate, score }) => ({
      captureData: {
        endpointInput: {
          observedContentType: 'text/csv',
          mode: 'INPUT',
          data: `${age},${rate}`,
          encoding: 'CSV',
        },
        endpointOutput: {
          observedContentType: 'text/csv',
          mode: 'OUTPUT',
          data: String(score),
          encoding: 'CSV',
        },
      },
      eventMetadata: { eventId: '1', inferenceTime: '2024-01-02T03:04:05Z' },
      eventVersion: '0',
    }),
    columns: ['feature_0', 'feature_1', 'prediction'],
  },
}

test.each(Object.entries(SHAPES))('%s', async (name, { line, columns, flags }) => {
  const file = join(directory, `${name.replaceAll(/\W/g, '-')}.jsonl`)
  writeFileSync(file, jsonLines(rows.map(line)))
  expect(await expectItself(file, sideOf(flags ?? {}))).toEqual(columns)
})

test('a replay in which nothing is of the baseline is a failure', async () => {
  const other = join(directory, 'other.jsonl')
  writeFileSync(other, jsonLines(rows.map(({ age }) => ({ height: age }))))
  const { baseline } = await replayedAgainstItself(join(directory, 'rows.csv'))
  const silent = { onEvent: () => undefined, onNote: () => undefined, onProgress: () => undefined }
  const outcome = replay({
    file: other,
    config: sideOf({}),
    baseline,
    rowsPerSecond: 1,
    choice: {},
    ...silent,
  })
  await expect(outcome).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    message: expect.stringMatching(
      /its columns are height, those of the baseline age, job, rate, prediction$/,
    ) as string,
  })
})
