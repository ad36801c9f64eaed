/** Following real files on the real file system: nothing lost, nothing twice, whatever happens to them. */
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { TailFollower } from '../../src/sources/tail-follower.ts'
import { tailOptions } from '../../src/sources/tail-options.ts'
import { newTailStats, type TailStats } from '../../src/sources/tail-stats.ts'
import { collectingSink, type Delivered } from './collect.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'modeltap-tail-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const path = (name: string): string => join(directory, name)
const line = (x: number | string): string => `${JSON.stringify({ features: { x }, prediction: 1 })}\n`

interface Opened {
  readonly tail: TailFollower
  readonly stats: TailStats
  readonly delivered: Delivered[]
  /** The value of the feature x in every line delivered so far. */
  readonly xs: () => unknown[]
}

async function openTail(
  options: Record<string, unknown> = {},
  { state, clock = new ManualClock() }: { state?: string; clock?: ManualClock } = {},
): Promise<Opened> {
  const { sink, delivered } = collectingSink()
  const stats = newTailStats()
  const tail = await TailFollower.open({
    stats,
    kept: undefined,
    options: tailOptions.parse({ files: [path('*.jsonl')], from: 'beginning', ...options }),
    columnNames: { features: [], predictions: [] },
    maxColumns: 50,
    stateDirectory: state,
    clock,
    logger: silentLogger,
    sink,
  })
  return { tail, stats, delivered, xs: () => delivered.flatMap(({ features }) => features['x'] ?? []) }
}

async function lookAll({ tail }: Opened): Promise<void> {
  while (await tail.look());
}

describe('lines', () => {
  test('become rows, and traffic with what the line says of it', async () => {
    const entry = { features: { age: 41, job: 'cook' }, predictions: [0.2, 0.8], latency: 12, status: 200 }
    const facts = { model: 'credit', version: 3, timestamp: '2025-03-01T10:00:00Z', request_id: 'a-1' }
    writeFileSync(path('a.jsonl'), `${JSON.stringify({ ...entry, ...facts })}\n`)
    const opened = await openTail({ latencyUnit: 'ms' })
    await lookAll(opened)
    const [first] = opened.delivered
    expect(first).toMatchObject({ model: 'credit', version: '3', rows: 1 })
    expect(first?.features).toEqual({ age: [41], job: ['cook'] })
    expect(Object.keys(first?.predictions ?? {})).toContain('prediction_class')
    expect(first?.exchange).toMatchObject({ status: 200, outcome: 'success' })
    expect(first?.exchange.endedMs).toBe(12)
    await opened.tail.stop()
  })

  test('flat lines: facts are no columns, and lines without a prediction are noise', async () => {
    writeFileSync(
      path('a.jsonl'),
      '{"timestamp":1700000000,"model":"m","age":3,"prediction":0.5}\n{"level":"info","msg":"ready"}\n',
    )
    const opened = await openTail()
    await lookAll(opened)
    expect(opened.delivered[0]).toMatchObject({
      model: 'm',
      features: { age: [3] },
      predictions: { prediction: [0.5] },
    })
    expect(opened.delivered[1]).toMatchObject({ rows: 0, failure: 'shape-unknown' })
    await opened.tail.stop()
  })

  test('selectors say where things are; failed calls keep their status', async () => {
    writeFileSync(path('a.jsonl'), '{"in":{"a":1},"out":{"p":2},"http":{"code":"503","ms":4},"m":"z"}\n')
    const fields = {
      features: '$.in',
      predictions: { score: '$.out.p' },
      status: '$.http.code',
      latency: '$.http.ms',
      model: '$.m',
    }
    const opened = await openTail({ fields, latencyUnit: 'ms' })
    await lookAll(opened)
    expect(opened.delivered[0]).toMatchObject({
      model: 'z',
      features: { a: [1] },
      predictions: { score: [2] },
      exchange: { status: 503, outcome: 'server_error', endedMs: 4 },
    })
    await opened.tail.stop()
  })

  test('halves of one id are joined, and their time stamps give the latency', async () => {
    writeFileSync(
      path('a.jsonl'),
      [
        { rid: 'a', timestamp: 1_700_000_000.25, features: { x: 1 } },
        { rid: 'b', timestamp: 1_700_000_001, features: { x: 2 } },
        { rid: 'a', timestamp: 1_700_000_000.5, predictions: [7] },
      ]
        .map((entry) => `${JSON.stringify(entry)}\n`)
        .join(''),
    )
    const clock = new ManualClock()
    const opened = await openTail({ fields: { id: '$.rid' } }, { clock })
    await lookAll(opened)
    expect(opened.delivered).toHaveLength(1)
    expect(opened.delivered[0]).toMatchObject({ features: { x: [1] }, predictions: { prediction: [7] } })
    expect(opened.delivered[0]?.exchange.endedMs).toBe(250)
    clock.advance(30_000)
    await lookAll(opened)
    expect(opened.delivered[1]).toMatchObject({ features: { x: [2] }, predictions: {} })
    expect(opened.stats.unjoined).toMatchObject({ timeout: 1, full: 0 })
    await opened.tail.stop()
  })

  test.each([
    ['not-json', 'broken {\n'],
    ['not-text', Buffer.from([0xff, 0xfe, 0x41, 10])],
    ['too-long', `${'x'.repeat(300)}\n`],
    ['too-old', '{"timestamp":1000000000,"features":{"x":9},"prediction":1}\n'],
  ] as const)('%s is counted, and the lines around it are read', async (reason, bad) => {
    writeFileSync(
      path('a.jsonl'),
      Buffer.concat([Buffer.from(line(1)), Buffer.from(bad), Buffer.from(line(2))]),
    )
    const opened = await openTail({ maxLineBytes: 200, maxAge: '1d' })
    await lookAll(opened)
    expect(opened.xs()).toEqual([1, 2])
    const { failures, lines } = opened.stats
    expect(Object.entries(failures).filter(([, count]) => count > 0)).toEqual([[reason, 1]])
    expect(lines).toBe(3)
    await opened.tail.stop()
  })

  test('an access log is traffic without rows', async () => {
    const request = '"POST /v1/models/credit:predict HTTP/1.1"'
    const entries = [
      `10.0.0.1 - - [10/Oct/2025:13:55:36 +0200] ${request} 200 512 "-" "curl/8 \\"x\\"" 0.125`,
      `::1 - frank [10/Oct/2025:13:55:37 +0200] ${request} 499 - "-" "-"`,
      'nonsense',
    ]
    writeFileSync(path('a.log'), entries.map((entry) => `${entry}\r\n`).join(''))
    const opened = await openTail({ files: [path('a.log')], format: 'combined' })
    await lookAll(opened)
    expect(opened.delivered).toHaveLength(2)
    const [first, second] = opened.delivered
    expect(first).toMatchObject({
      seen: 'head',
      exchange: { method: 'POST', target: '/v1/models/credit:predict', endedMs: 125 },
    })
    expect(first?.exchange.response.bodyBytes).toBe(512)
    expect(second?.exchange.outcome).toBe('aborted')
    expect(second?.exchange.response.bodyBytes).toBeNaN()
    expect(opened.stats.failures['not-access-log']).toBe(1)
    await opened.tail.stop()
  })
})

describe('files', () => {
  test('from the end: what was there is not read, not even the rest of a line', async () => {
    writeFileSync(path('a.jsonl'), line(1) + line(2).slice(0, 12))
    const opened = await openTail({ from: 'end' })
    await lookAll(opened)
    appendFileSync(path('a.jsonl'), line(2).slice(12) + line(3))
    writeFileSync(path('later.jsonl'), line(4))
    await lookAll(opened)
    expect(opened.xs()).toEqual([3, 4])
    expect(opened.stats.failures['not-json']).toBe(0)
    await opened.tail.stop()
  })

  test('a line is delivered once its end has come', async () => {
    const opened = await openTail()
    const [head, tail] = [line('ä€').slice(0, 22), line('ä€').slice(22)]
    const bytes = Buffer.from(head + tail)
    for (const byte of bytes) {
      appendFileSync(path('a.jsonl'), Buffer.from([byte]))
      await lookAll(opened)
      expect(opened.xs()).toHaveLength(byte === 10 ? 1 : 0)
    }
    expect(opened.xs()).toEqual(['ä€'])
    await opened.tail.stop()
  })

  test('renamed: the old content is read to its end, also what is written to it after the renaming', async () => {
    writeFileSync(path('a.jsonl'), line(1))
    const opened = await openTail()
    await lookAll(opened)
    appendFileSync(path('a.jsonl'), line(2))
    renameSync(path('a.jsonl'), path('a.1'))
    writeFileSync(path('a.jsonl'), line(3))
    await lookAll(opened)
    appendFileSync(path('a.1'), line(4).trimEnd())
    for (let look = 0; look < 15; look += 1) await lookAll(opened)
    expect(opened.xs()).toEqual([1, 2, 3, 4])
    expect(opened.stats).toMatchObject({ files: 1, rotations: { rename: 1, truncate: 0 } })
    await opened.tail.stop()
  })

  test('renamed into a name that the globs match: not read twice', async () => {
    writeFileSync(path('a.jsonl'), line(1))
    const opened = await openTail()
    await lookAll(opened)
    renameSync(path('a.jsonl'), path('a-2025.jsonl'))
    writeFileSync(path('a.jsonl'), line(2))
    await lookAll(opened)
    expect(opened.xs()).toEqual([1, 2])
    await opened.tail.stop()
  })

  test('copied and truncated: read from the beginning, and from a copy what the original still had', async () => {
    const clock = new ManualClock()
    writeFileSync(path('a.jsonl'), line(1) + line(2))
    const opened = await openTail({}, { clock })
    await lookAll(opened)
    appendFileSync(path('a.jsonl'), line(3))
    copyFileSync(path('a.jsonl'), path('a.copy.jsonl'))
    truncateSync(path('a.jsonl'))
    await lookAll(opened)
    appendFileSync(path('a.jsonl'), line(4))
    await lookAll(opened)
    expect(opened.xs()).toEqual([1, 2, 3, 4])
    await opened.tail.stop()
  })

  test('truncated and grown beyond where it was, between two looks', async () => {
    writeFileSync(path('a.jsonl'), line(1) + line(2))
    const opened = await openTail()
    await lookAll(opened)
    writeFileSync(path('a.jsonl'), line(3) + line(4) + line(5) + line(6))
    await lookAll(opened)
    expect(opened.xs()).toEqual([1, 2, 3, 4, 5, 6])
    expect(opened.stats.rotations.truncate).toBe(1)
    await opened.tail.stop()
  })

  test('over the limit of files the rest waits and is counted; packed files are none', async () => {
    writeFileSync(path('a.jsonl'), line(1))
    writeFileSync(path('b.jsonl'), line(2))
    writeFileSync(path('b.jsonl.gz'), 'packed')
    const opened = await openTail({ files: [path('*')], maxFiles: 1 })
    await lookAll(opened)
    await lookAll(opened)
    expect(opened.xs()).toHaveLength(1)
    expect(opened.stats.unfollowed).toEqual({ file_limit: 1, unreadable: 0 })
    await opened.tail.stop()
  })
})

describe('restart', () => {
  const options = { from: 'end' }

  test('goes on at the saved offset, in the middle of a line too', async () => {
    const state = path('state')
    const first = await openTail(options, { state })
    await lookAll(first)
    writeFileSync(path('a.jsonl'), line(1) + line(2).slice(0, 9))
    await lookAll(first)
    await first.tail.stop()
    appendFileSync(path('a.jsonl'), line(2).slice(9) + line(3))
    writeFileSync(path('new.jsonl'), line(4))
    const second = await openTail(options, { state })
    await lookAll(second)
    expect([...first.xs(), ...second.xs()]).toEqual([1, 2, 3, 4])
    await second.tail.stop()
  })

  test('reads the rest of a file that was renamed meanwhile', async () => {
    const state = path('state')
    writeFileSync(path('a.jsonl'), line(1))
    const first = await openTail({}, { state })
    await lookAll(first)
    await first.tail.stop()
    appendFileSync(path('a.jsonl'), line(2))
    renameSync(path('a.jsonl'), path('a.old'))
    writeFileSync(path('a.jsonl'), line(3))
    const second = await openTail({}, { state })
    for (let look = 0; look < 15; look += 1) await lookAll(second)
    expect(second.xs().sort()).toEqual([2, 3])
    expect(second.stats.files).toBe(1)
    await second.tail.stop()
  })

  test('reads a file anew that was emptied meanwhile', async () => {
    const state = path('state')
    writeFileSync(path('a.jsonl'), line(1) + line(2))
    const first = await openTail({}, { state })
    await lookAll(first)
    await first.tail.stop()
    writeFileSync(path('a.jsonl'), line(3) + line(4) + line(5))
    const second = await openTail({}, { state })
    await lookAll(second)
    expect(second.xs()).toEqual([3, 4, 5])
    await second.tail.stop()
  })

  test('with unusable offsets it is the first start', async () => {
    const state = path('state')
    const first = await openTail(options, { state })
    await first.tail.stop()
    writeFileSync(join(state, 'tail-offsets.json'), '{"version": 99}')
    writeFileSync(path('a.jsonl'), line(1))
    const second = await openTail(options, { state })
    await lookAll(second)
    expect(second.xs()).toEqual([])
    await second.tail.stop()
  })
})

test('any interleaving of writing, looking, rotating and restarting delivers every line once', async () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('write' as const), bytes: fc.integer({ min: 1, max: 90 }) }),
    },
    { weight: 3, arbitrary: fc.constant({ kind: 'look' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'rename' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      rmSync(directory, { recursive: true })
      directory = mkdtempSync(join(tmpdir(), 'modeltap-tail-'))
      const state = path('state')
      let opened = await openTail({}, { state })
      const before: unknown[] = []
      const lines = Array.from({ length: 400 }, (_, index) => line(index)).join('')
      let written = 0
      let rotations = 0
      const write = (to: number): void => {
        appendFileSync(path('a.jsonl'), lines.slice(written, to))
        written = to
      }
      for (const next of steps) {
        if (next.kind === 'write') write(Math.min(written + next.bytes, lines.length))
        else if (next.kind === 'look') await lookAll(opened)
        else if (next.kind === 'rename' && written > 0) {
          // Writers rotate between lines.
          write(lines.indexOf('\n', Math.max(written - 1, 0)) + 1)
          rotations += 1
          renameSync(path('a.jsonl'), path(`a.${rotations}`))
          // A file that nobody has ever looked at has left before anybody knew of it.
          appendFileSync(path('a.jsonl'), '')
          await lookAll(opened)
        } else if (next.kind === 'restart') {
          await opened.tail.stop()
          before.push(...opened.xs())
          opened = await openTail({}, { state })
        }
        // Before the next rotation each file was looked at once.
        if (next.kind === 'write' || next.kind === 'restart') await lookAll(opened)
      }
      write(lines.indexOf('\n', Math.max(written - 1, 0)) + 1)
      await lookAll(opened)
      await opened.tail.stop()
      const xs = [...before, ...opened.xs()] as number[]
      const expected = lines.slice(0, written).split('\n').length - 1
      expect(xs.sort((a, b) => a - b)).toEqual(Array.from({ length: expected }, (_, index) => index))
    }),
    { numRuns: 60 },
  )
})
