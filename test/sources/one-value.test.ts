/**
 * The same rows as a file and as requests never drift against each other: tables are drawn, written as CSV, JSON lines
 * and Parquet, made into baselines, and sent as KServe V1, as V2 and as plain JSON.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, expect, test } from 'vitest'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import { ModelRegistry } from '../../src/analysis/model-registry.ts'
import { Pipeline } from '../../src/analysis/pipeline.ts'
import type { Baseline } from '../../src/baseline/baseline.ts'
import { buildBaseline } from '../../src/baseline/builder.ts'
import { loadConfig } from '../../src/config/load.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { decodingOf } from '../../src/protocols/decoding.ts'
import { loggedExchange } from '../../src/sources/logged-exchange.ts'
import { readRows } from '../../src/sources/rows.ts'

const directory = mkdtempSync(join(tmpdir(), 'modeltap-one-value-'))
afterAll(() => rmSync(directory, { recursive: true }))

const ROWS = 60

type Cell = number | string | boolean | bigint | null

interface DrawnColumn {
  readonly name: string
  readonly kind: 'number' | 'float32' | 'integer' | 'text' | 'boolean'
  readonly cells: readonly Cell[]
}

/** A value for each row, from few or from many. */
const cellsOf = <Value extends Cell>(
  value: fc.Arbitrary<Value>,
  mayMiss = true,
): fc.Arbitrary<readonly Cell[]> => {
  const values = fc.oneof(
    fc.array(value, { minLength: 1, maxLength: 4 }),
    fc.array(value, { minLength: 30, maxLength: ROWS }),
  )
  const picks = fc.array(fc.nat(), { minLength: ROWS, maxLength: ROWS })
  const gaps = mayMiss ? fc.constantFrom(0, 0, 7, 3) : fc.constant(0)
  return fc
    .tuple(values, picks, gaps)
    .map(([pool, places, gap]) =>
      places.map((place, row) => (gap > 0 && row % gap === 1 ? null : (pool[place % pool.length] ?? null))),
    )
}

/**
 * Doubles with all of their digits. None lies within the precision of a 32-bit float of another: those are one value where
 * tensors carry them.
 */
const double = (size: number): fc.Arbitrary<number> =>
  fc.integer({ min: 1, max: 1_000_000 }).map((index) => size * ((index * 0.618_033_988_749_894_9) % 1))

const TEXTS = [
  ...[
    'Private',
    ' Private',
    'Private ',
    'State-gov',
    'a, "b"',
    'two\nlines',
    '?',
    'N.A.',
    'na',
    '-',
    'é',
    '日本',
  ],
  ...[
    "it's",
    'semi;colon',
    'tab\there',
    '#N',
    'true-ish',
    'yes',
    'no',
    'T',
    'F',
    '1st',
    '12 Main St',
    '2024-13-45',
  ],
] as const
const text = fc.constantFrom(...TEXTS)

const column = fc.oneof(
  cellsOf(double(1e6)).map((cells) => ({ kind: 'number' as const, cells })),
  cellsOf(double(1e-9)).map((cells) => ({ kind: 'number' as const, cells })),
  cellsOf(fc.constantFrom(1e300, -1.7976931348623157e308, 5e-324, 2, 0.5)).map((cells) => ({
    kind: 'number' as const,
    cells,
  })),
  cellsOf(fc.constantFrom(0.1, 0.2, 0.3, 0.7, 1.5, 3 / 7)).map((cells) => ({
    kind: 'number' as const,
    cells,
  })),
  cellsOf(fc.integer({ min: -9_999_999, max: 9_999_999 }).map((digits) => digits / 1e4)).map((cells) => ({
    kind: 'float32' as const,
    cells,
  })),
  cellsOf(double(1)).map((cells) => ({ kind: 'float32' as const, cells })),
  cellsOf(fc.integer({ min: -50, max: 1_000_000 })).map((cells) => ({ kind: 'integer' as const, cells })),
  cellsOf(fc.bigInt({ min: 2n ** 53n, max: 2n ** 62n })).map((cells) => ({
    kind: 'integer' as const,
    cells,
  })),
  cellsOf(text).map((cells) => ({ kind: 'text' as const, cells })),
  cellsOf(fc.boolean()).map((cells) => ({ kind: 'boolean' as const, cells })),
)

const NAMES = [
  ...[
    'age',
    ' city',
    'city ',
    'model',
    'version',
    'status',
    'latency',
    'path',
    'a b',
    'x.y',
    'größe',
    'class',
  ],
  ...['says "hi"', "it's", 'a,b', 'constructor', 'length', 'features', 'target', '0', 'feature_0'],
] as const

const table = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 2, maxLength: 5 }),
    fc.array(column, { minLength: 5, maxLength: 5 }),
    cellsOf(double(1), false),
  )
  .map(([names, columns, scores]) => {
    const features = names.flatMap((name, index): DrawnColumn[] => {
      const drawn = columns[index]
      return drawn === undefined ? [] : [{ name, ...drawn }]
    })
    return { features, scores }
  })

type Table = typeof table extends fc.Arbitrary<infer Drawn> ? Drawn : never

const jsonOf = (cell: Cell): string => (typeof cell === 'bigint' ? String(cell) : JSON.stringify(cell))
const memberOf = (name: string, cell: Cell): string => `${JSON.stringify(name)}:${jsonOf(cell)}`
const objectOf = (features: readonly DrawnColumn[], row: number): string =>
  features.map(({ name, cells }) => memberOf(name, cells[row] ?? null)).join(',')

/** As a client has them: its arrays of 32-bit floats print more digits than the decimals of the file had. */
const asSent = (drawn: Table): Table => ({
  ...drawn,
  features: drawn.features.map((column) =>
    column.kind === 'float32' ? { ...column, cells: column.cells.map(asFloat) } : column,
  ),
})
const asFloat = (cell: Cell): Cell => (typeof cell === 'number' ? Math.fround(cell) : cell)

/** As pandas writes it. */
function csvCell(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'boolean') return cell ? 'True' : 'False'
  const written = String(cell)
  return /[",\n]/.test(written) ? `"${written.replaceAll('"', '""')}"` : written
}

const FILES: Readonly<Record<string, (drawn: Table) => string | Uint8Array>> = {
  csv: ({ features, scores }) =>
    [
      [...features.map(({ name }) => csvCell(name)), 'prediction'].join(','),
      ...scores.map((score, row) =>
        [...features.map(({ cells }) => csvCell(cells[row] ?? null)), csvCell(score)].join(','),
      ),
    ].join('\n'),
  jsonl: ({ features, scores }) =>
    scores.map((score, row) => `{${objectOf(features, row)},${memberOf('prediction', score)}}`).join('\n'),
  parquet: ({ features, scores }) => {
    const types = {
      number: 'DOUBLE',
      float32: 'FLOAT',
      integer: 'INT64',
      text: 'STRING',
      boolean: 'BOOLEAN',
    } as const
    const columnData = features.map(({ name, kind, cells }) => ({
      name,
      data: cells.map((cell) => (kind === 'integer' && typeof cell === 'number' ? BigInt(cell) : cell)),
      type: types[kind],
      nullable: true,
    }))
    return new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          ...columnData,
          { name: 'prediction', data: [...scores], type: 'DOUBLE', nullable: false },
        ],
      }),
    )
  },
}

interface Sent {
  readonly target: string
  readonly request: string
  readonly response: string
}

const DATATYPES = {
  number: 'FP64',
  float32: 'FP32',
  integer: 'INT64',
  text: 'BYTES',
  boolean: 'BOOL',
} as const

const TRAFFIC: Readonly<Record<string, (drawn: Table) => readonly Sent[]>> = {
  'KServe V1': ({ features, scores }) => [
    {
      target: '/v1/models/m:predict',
      request: `{"instances":[${scores.map((_, row) => `{${objectOf(features, row)}}`).join(',')}]}`,
      response: `{"predictions":[${scores.map(jsonOf).join(',')}]}`,
    },
  ],
  V2: ({ features, scores }) => [
    {
      target: '/v2/models/m/infer',
      request: `{"inputs":[${features
        .map(
          ({ name, kind, cells }) =>
            `{"name":${JSON.stringify(name)},"shape":[${ROWS}],"datatype":"${DATATYPES[kind]}","data":[${cells.map(jsonOf).join(',')}]}`,
        )
        .join(',')}]}`,
      response: `{"model_name":"m","outputs":[{"name":"prediction","shape":[${ROWS}],"datatype":"FP64","data":[${scores.map(jsonOf).join(',')}]}]}`,
    },
  ],
  'plain JSON': ({ features, scores }) =>
    scores.map((score, row) => ({
      target: '/predict',
      request: `{${objectOf(features, row)}}`,
      response: `{${memberOf('prediction', score)}}`,
    })),
}

// Selectors, because what is no protocol is a prediction only where somebody says so.
const selectors = { features: '$', predictions: '$.prediction' }
const { config } = loadConfig({
  environment: {},
  flags: { drift: { minSamples: 30 }, windows: ['1d'], selectors },
})

async function baselineOf(ending: string, drawn: Table): Promise<Baseline> {
  const file = join(directory, `table.${ending}`)
  writeFileSync(file, (FILES[ending] as (typeof FILES)[string])(drawn))
  return buildBaseline(readRows(file), {
    ...{ model: '', version: '', source: file, createdEpochMs: 0 },
    limits: { features: 50, categories: 200 },
  })
}

function watched(baseline: Baseline, sent: readonly Sent[]) {
  const registry = new ModelRegistry({
    options: config,
    clock: new ManualClock(),
    loadedBaseline: baseline,
    onEvent: () => undefined,
  })
  const failures: string[] = []
  const pipeline = new Pipeline({
    decoding: decodingOf(config, { maxBodyBytes: 1_048_576 }),
    labels: new ModelLabels(4, { model: 'm', version: '1' }),
    maxColumns: 50,
    onRecognised: () => undefined,
    onRows: ({ model, version }, protocol, batch) => registry.monitor(model, version, protocol).accept(batch),
    onDecodeFailure: (protocol, failure) => failures.push(`${protocol} ${failure}`),
    onDroppedColumns: () => failures.push('dropped columns'),
    onBug: (error) => {
      throw error
    },
  })
  const headers = new Map([['content-type', 'application/json']])
  for (const { target, request, response } of sent)
    pipeline.accept(
      loggedExchange({
        ...{ method: 'POST', target, status: 200, latencyMs: 1 },
        request: { headers, body: Buffer.from(request) },
        response: { headers, body: Buffer.from(response) },
      }),
      'call',
    )
  const [snapshot] = registry.snapshot()
  return { snapshot, failures }
}

/** What differs from the baseline although the rows are the same. */
function differences(baseline: Baseline, sent: readonly Sent[]): string[] {
  const { snapshot, failures } = watched(baseline, sent)
  if (snapshot === undefined) return ['no rows', ...failures]
  const found = snapshot.columns.flatMap(({ name, role, values, bins, windows }) => {
    const total = bins.reduce((sum, bin) => sum + bin.total, 0)
    // Of the rare and the new ones the baseline expects some.
    const shares = bins.filter(
      (bin) =>
        !['other', 'unseen'].includes(bin.label) && Math.abs(bin.total / total - bin.baselineRatio) > 1e-9,
    )
    const psi = windows[0]?.scores.find(({ statistic }) => statistic === 'psi')?.value ?? 0
    return [
      ...(values.unseen > 0 ? [`unseen ${values.unseen}`] : []),
      ...(values.wrong_type > 0 ? [`wrong type ${values.wrong_type}`] : []),
      ...(values.out_of_range > 0 ? [`out of range ${values.out_of_range}`] : []),
      ...(psi > 1e-9 ? [`psi ${psi}`] : []),
      ...shares.map((bin) => `${bin.label}: ${bin.baselineRatio} in the file, ${bin.total / total} live`),
    ].map((difference) => `${role} ${JSON.stringify(name)}: ${difference}`)
  })
  const extra = (snapshot.rowCounts?.extraColumns ?? 0) > 0 ? ['columns that the file does not have'] : []
  return [...failures, ...extra, ...found]
}

const isIdentity = ({ name, cells }: DrawnColumn): boolean =>
  ['model', 'version'].includes(name) && new Set(cells.filter((cell) => cell !== null)).size < 2

test('the same rows have the same columns and no drift, from every file to every protocol', async () => {
  await fc.assert(
    fc.asyncProperty(table, async (drawn) => {
      // One model in all rows is the model, and no feature.
      fc.pre(!drawn.features.some(isIdentity))
      const found: string[] = []
      const columns: string[] = []
      for (const ending of Object.keys(FILES)) {
        const baseline = await baselineOf(ending, drawn)
        const kinds = baseline.columns.map(({ role, name, kind }) => `${role} ${name} ${kind}`)
        columns.push(kinds.toSorted().join(', '))
        for (const [way, send] of Object.entries(TRAFFIC))
          found.push(
            ...differences(baseline, send(asSent(drawn))).map((what) => `${ending} → ${way}: ${what}`),
          )
      }
      expect(found).toEqual([])
      expect(new Set(columns).size, columns.join('\n')).toBe(1)
    }),
    { numRuns: 40, endOnFailure: process.env['SHRINK'] === undefined },
  )
})
