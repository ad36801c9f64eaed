/** Batch files on their own clock, and what a person gets to read of them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { binNames } from '../../src/cli/replay/bin-names.ts'
import { replay } from '../../src/cli/replay/engine.ts'
import { renderReport } from '../../src/cli/replay/report.ts'
import { hasDrifted, type ReplayResult } from '../../src/cli/replay/result.ts'
import { resultTable } from '../../src/cli/replay/table.ts'
import { loadConfig } from '../../src/config/load.ts'
import { ModeltapError } from '../../src/errors.ts'
import { FileClock } from '../../src/sources/file-clock.ts'
import { openParquet } from '../../src/sources/parquet.ts'
import { tableObjects } from '../../src/sources/table.ts'
import { parseTimestamp } from '../../src/sources/timestamp.ts'
import { runModeltap } from '../support/modeltap.ts'
import { randomSource } from '../support/rows.ts'

const directory = mkdtempSync(join(tmpdir(), 'modeltap-replay-'))
afterAll(() => rmSync(directory, { recursive: true }))

function write(name: string, content: string | Buffer): string {
  const file = join(directory, name)
  writeFileSync(file, content)
  return file
}

interface Line {
  readonly timestamp?: unknown
  readonly [key: string]: unknown
}

const START = 1_700_000_000

/** One row a minute; after `change` rows x is shifted. */
function lines(count: number, change = count): Line[] {
  const random = randomSource(7)
  return Array.from({ length: count }, (_, index) => ({
    timestamp: START + 60 * index,
    x: random() + (index >= change ? 2 : 0),
    prediction: random() < 0.5 ? 'yes' : 'no',
  }))
}

const jsonLines = (all: readonly object[]): string => all.map((line) => `${JSON.stringify(line)}\n`).join('')

const LEARN_ROWS = 500
const { config } = loadConfig({
  environment: {},
  flags: {
    windows: ['1h', '10h'],
    baseline: { learn: { rows: LEARN_ROWS, minDuration: '1s' } },
    drift: { minSamples: 30 },
  },
})

function run(
  file: string,
  more: { features?: string[]; predictions?: string[] } = {},
  learnRows = LEARN_ROWS,
): Promise<ReplayResult> {
  const silent = { onEvent: () => undefined, onNote: () => undefined, onProgress: () => undefined }
  const learning = { ...config.baseline, learn: { ...config.baseline.learn, rows: learnRows } }
  const options = { config: { ...config, baseline: learning }, baseline: undefined, rowsPerSecond: 1 }
  return replay({ file, ...options, ...silent, choice: more })
}

const observations = ({ models }: ReplayResult): Record<string, number> =>
  Object.fromEntries(
    (models[0]?.columns[0]?.windows ?? []).map(({ window, observations: rows }) => [window, rows]),
  )

describe('the clock of the file', () => {
  test('windows hold the rows of their time, "all" holds every row', async () => {
    const result = await run(write('a.jsonl', jsonLines(lines(2_000))))
    expect(result).toMatchObject({ lines: 2_000, clock: 'timestamps', outOfOrder: 0, unread: {} })
    expect(result.to).toBe(new Date((START + 1_999 * 60) * 1_000).toISOString())
    const { all, '1h': hour, '10h': tenHours } = observations(result)
    expect(all).toBe(1_500)
    // The last 0.9 to 1 of the window, one row a minute.
    expect(hour).toBeGreaterThanOrEqual(54)
    expect(hour).toBeLessThanOrEqual(60)
    expect(tenHours).toBeGreaterThanOrEqual(540)
    expect(tenHours).toBeLessThanOrEqual(600)
    expect(hasDrifted(result)).toBe(false)
  })

  test('drift is found where it is, and its history shows when', async () => {
    const result = await run(write('b.jsonl', jsonLines(lines(2_000, 1_500))))
    const x = result.models[0]?.columns.find(({ name }) => name === 'x')
    expect(hasDrifted(result)).toBe(true)
    expect(x?.windows.find(({ window }) => window === '1h')?.scores[0]?.drifted).toBe(true)
    const changeMs = (START + 1_500 * 60) * 1_000
    expect(x?.history.filter(({ epochMs }) => epochMs < changeMs).every(({ excess }) => excess < 1)).toBe(
      true,
    )
    expect(x?.history.at(-1)?.excess).toBeGreaterThan(1)
    expect(x?.history.length).toBeLessThanOrEqual(120)
  })

  test('without time stamps rows come at the given rate', async () => {
    const result = await run(
      write('c.jsonl', jsonLines(lines(2_000).map(({ timestamp: _, ...line }) => line))),
    )
    expect(result).toMatchObject({ clock: '1 rows a second', from: null, to: null })
    expect(observations(result)['1h']).toBe(1_500)
  })

  test('never goes back', () => {
    const clock = new FileClock(10)
    clock.tick(undefined)
    expect(clock.monotonicMs()).toBe(100)
    for (const epochMs of [5_000, 9_000, 7_000, undefined, 9_000]) clock.tick(epochMs)
    expect(clock).toMatchObject({ firstMs: 5_000, lastMs: 9_000, outOfOrder: 1 })
    expect(clock.monotonicMs()).toBe(9_000)
  })

  test.each([
    ['2025-03-01T10:00:00.123456Z', 1_740_823_200_123.456],
    ['2025-03-01 11:00:00,5+01:00', 1_740_823_200_500],
    ['2025-03-01 11:00+0100', 1_740_823_200_000],
    ['2025-03-01', 1_740_787_200_000],
    ['01/Mar/2025:11:00:00 +0100', 1_740_823_200_000],
    [1_740_823_200, 1_740_823_200_000],
    [1_740_823_200.25, 1_740_823_200_250],
    ['1740823200123', 1_740_823_200_123],
    [1_740_823_200_123_456, 1_740_823_200_123.456],
    [1_740_823_200_123_456_789, 1_740_823_200_123.4568],
    ['yesterday', undefined],
    ['2025-13-01', undefined],
    [-1, undefined],
    [null, undefined],
    [true, undefined],
  ])('reads the time stamp %j', (value, epochMs) => {
    const parsed = parseTimestamp(value)
    if (epochMs === undefined) expect(parsed).toBeUndefined()
    else expect(parsed).toBeCloseTo(epochMs, 2)
  })
})

describe('files', () => {
  test('CSV, packed or not, is what the same JSON lines are', async () => {
    const all = lines(900)
    const table = `timestamp,x,prediction\n${all.map((line) => Object.values(line).join(',')).join('\n')}\n`
    const { input: _, models, ...expected } = await run(write('d.jsonl', jsonLines(all)))
    for (const file of [write('d.csv', table), write('d.csv.gz', gzipSync(table))]) {
      const { input: _input, ...result } = await run(file)
      expect(result).toMatchObject(expected)
      expect(result.models[0]?.columns).toEqual(models[0]?.columns)
    }
  })

  test('Parquet is what the same JSON lines are', async () => {
    const parquet = join(import.meta.dirname, '../fixtures/sources/mixed-snappy.parquet')
    const objects: object[] = []
    const table = await openParquet(parquet, {})
    for await (const row of tableObjects(table, table.names)) objects.push(row)
    expect(objects).toHaveLength(5)
    const learnt = await run(write('p.jsonl', jsonLines(objects)), {}, 3)
    const result = await run(parquet, {}, 3)
    expect(result).toMatchObject({ lines: 5, unread: {} })
    const names = result.models[0]?.columns.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['income', 'city', 'member', 'big', 'prediction']))
    expect(result.models[0]?.columns).toEqual(learnt.models[0]?.columns)
  })

  test('columns are chosen and renamed; facts are no columns', async () => {
    const table = `timestamp,a,b,score\n${lines(700)
      .map(({ timestamp, x }, index) => [timestamp, x, index % 7, x].join(','))
      .join('\n')}\n`
    const names = ({ models }: ReplayResult) => models[0]?.columns.map(({ role, name }) => `${role} ${name}`)
    expect(names(await run(write('e.csv', table), { predictions: ['score'] }))).toEqual([
      'feature a',
      'feature b',
      'prediction score',
    ])
    expect(names(await run(write('e.csv', table), { features: ['x=a'], predictions: ['score'] }))).toEqual([
      'feature x',
      'prediction score',
    ])
    await expect(run(write('e.csv', table), { features: ['c'] })).rejects.toThrow('has no column "c"')
  })

  test('lines that cannot be read are counted by reason, and the others are used', async () => {
    const content = `nonsense\n${jsonLines(lines(600))}{"features": [[1],[2,3]], "predictions": [1]}\n${jsonLines([{ status: 500, x: 1, prediction: 'no' }])}`
    const result = await run(write('f.jsonl', content))
    expect(result.unread).toEqual({ 'not-json': 1, 'rows-unequal': 1, 'failed-calls': 1 })
    expect(result.models[0]?.rows).toBe(601)
  })

  test.each([
    ['nothing.jsonl', '', 'INPUT_INVALID', 'no usable rows'],
    ['noise.jsonl', 'a\nb\n', 'INPUT_INVALID', 'not-json: 2'],
    ['rows.parquet', 'x', 'INPUT_INVALID', 'Parquet file'],
    ['rows.xlsx', 'x', 'INPUT_INVALID', 'ending'],
    ['headless.csv', '5.1,3.5,setosa\n4.9,3,setosa\n', 'INPUT_INVALID', 'line 1 looks like a row of values'],
  ])('%s is an error that says why', async (name, content, code, text) => {
    const error = await run(write(name, content)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ModeltapError)
    expect(error).toMatchObject({ code })
    expect(String((error as Error).message)).toContain(text)
  })
})

describe('what is written', () => {
  const evil = '<script>alert(1)</script>"\u001b[31m'

  test('the report needs nothing else, and no name is obeyed', async () => {
    const all = lines(900, 600).map(({ x, ...line }) => ({ ...line, [evil]: x, kind: `"><img src=x>` }))
    const result = await run(write('g.jsonl', jsonLines(all)))
    const report = renderReport(result)
    expect(report).not.toContain('<script')
    expect(report).not.toContain('<img')
    expect(report).toContain('&lt;script&gt;')
    expect(report).not.toMatch(/<[^>]*\s(?:src|href)=(?!"#column-)/)
    expect(report).not.toMatch(/https?:/)
    expect(report.match(/<svg/g)).toHaveLength(3)
    expect(resultTable(result)).not.toContain('\u001b')
    expect(resultTable(result)).toContain('1 of 3 columns drifted')
  })

  test('the report and the table say what a reader asks: order, thresholds, both statistics, every bin, the time', async () => {
    // Half of the last rows have a city that the baseline lacks; x moves a little, y not at all.
    const all = lines(2_000, 2_000).map((line, index) => ({
      ...line,
      x: Number(line['x']) + (index >= 1_000 ? 0.2 : 0),
      y: index % 7,
      city: index >= 1_000 && index % 2 === 0 ? 'Zürich' : ['Bern', 'Basel', 'Chur'][index % 3],
    }))
    const result = await run(write('i.jsonl', jsonLines(all)))
    const report = renderReport(result)
    const cards = report.split('<details').slice(1)
    const card = (name: string): string => cards.find((text) => text.includes(`<h3>${name}</h3>`)) ?? ''
    expect(cards.map((text) => /<h3>(.*?)<\/h3>/.exec(text)?.[1])).toEqual(['city', 'x', 'prediction', 'y'])
    // Each score has its threshold, whether it drifted or not.
    for (const text of cards)
      expect(text).toMatch(/psi<\/th>\s*<td class="(?:bad)?">\s*[\d.e-]+ (?:&gt;|≤) [\d.]+\s*</)
    expect(card('city')).toContain('“a new category” 33 % of the rows, baseline 0 %')
    expect(card('city')).toMatch(
      /a new category<\/th>\s*<td class="number">0 %<\/td>\s*<td class="number">33 %/,
    )
    const x = result.models[0]?.columns.find(({ name }) => name === 'x')
    expect(x?.numbers.baseline?.mean).toBeCloseTo(0.5, 1)
    expect((x?.numbers.live?.mean ?? 0) - (x?.numbers.baseline?.mean ?? 0)).toBeCloseTo(0.133, 1)
    for (const name of ['mean', 'median', '5th percentile', '95th percentile'])
      expect(card('x')).toContain(name)
    // The time axis: 2000 minutes from the first row on.
    expect(card('x')).toContain('<span>2023-11-15 ')
    expect(card('x')).toMatch(/2023-11-16 07:\d\d<\/span/)
    const table = resultTable(result).split('\n')
    expect(table.filter((line) => /^(?:city|x|y|prediction) /.test(line))).toHaveLength(4)
    expect(table.find((line) => line.startsWith('y '))).toMatch(/no drift +\S+ \S+ ≤ /)
    const noTime = await run(write('i2.jsonl', jsonLines(all.map(({ timestamp: _, ...line }) => line))))
    expect(renderReport(noTime)).toContain('row 2\u202f000')
  })

  test('bins have names that tell them apart', () => {
    const bin = (label: string) => ({ label, baseline: 0.2, live: 0.2 })
    const bins = ['le_1000000.25', 'le_1000000.5', 'inf', 'missing'].map(bin)
    expect(binNames({ kind: 'numeric', bins })).toEqual([
      'up to 1000000.25',
      '1000000.25 to 1000000.5',
      'above 1000000.5',
      'missing',
    ])
    expect(binNames({ kind: 'discrete', bins: ['v_1', 'v_2.5', 'unseen', 'missing'].map(bin) })).toEqual([
      '1',
      '2.5',
      'a new number',
      'missing',
    ])
    // A category may be called as a bin of numbers is.
    expect(binNames({ kind: 'categorical', bins: ['le_3', 'inf', 'other', 'unseen'].map(bin) })).toEqual([
      'le_3',
      'inf',
      'rarer categories',
      'a new category',
    ])
    expect(binNames({ kind: 'numeric', bins: ['inf', 'missing'].map(bin) })).toEqual([
      'any number',
      'missing',
    ])
  })

  test('by the command: table, JSON, report and exit code', async () => {
    const file = write('h.jsonl', jsonLines(lines(2_000, 1_000)))
    const [json, report] = [join(directory, 'h.json'), join(directory, 'h.html')]
    const environment = { MODELTAP_BASELINE_LEARN_ROWS: '1000', MODELTAP_BASELINE_LEARN_MIN_DURATION: '1s' }
    const args = [
      'replay',
      '--input',
      file,
      '--json',
      json,
      '--report',
      report,
      '--model',
      'credit',
      '--fail-on-drift',
    ]
    const finished = await runModeltap(args, environment)
    expect(finished).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^note: timestamp: taken for .*\n$/) as string,
    })
    expect(finished.stdout).toContain('credit: 2\u202f000 rows')
    expect((JSON.parse(readFileSync(json, 'utf8')) as ReplayResult).models[0]?.model).toBe('credit')
    expect(readFileSync(report, 'utf8')).toContain('columns drifted')
    const early = await runModeltap(['replay', '--input', file])
    expect(early.code).toBe(0)
    expect(early.stdout).toContain('2\u202f000 of 5\u202f000 rows')
    expect(await runModeltap(['replay', '--input', file, '--rate', '0'])).toMatchObject({ code: 2 })
    const nowhere = await runModeltap(['replay', '--input', file, '--json', '/nowhere/x.json'], environment)
    expect(nowhere.code).toBe(1)
    expect(nowhere.stderr).toContain('OUTPUT_UNWRITABLE')
  })
})
