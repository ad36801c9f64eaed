/** Bodies and paths that nobody should send: bounded in memory, columns, series and time, and counted by the limit. */
import { serialize, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import { Pipeline } from '../../src/analysis/pipeline.ts'
import { MAX_DECLARED, RouteLearner, SAMPLES } from '../../src/calls/route-learner.ts'
import { reportRoute } from '../../src/calls/route-report.ts'
import { MAX_ROUTES } from '../../src/calls/route-table.ts'
import { countDuplicateKeys } from '../../src/formats/json-duplicates.ts'
import { RecordBatch } from '../../src/records/record-batch.ts'
import type { StructureLimit } from '../../src/records/structure/limits.ts'
import { decodingFor, makeCall } from '../protocols/make-call.ts'

const MAX_COLUMNS = 50
const JSON_BODY = { 'content-type': 'application/json' }
const MEBIBYTE = 1_048_576

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function setUp() {
  const bugs: unknown[] = []
  let columns = 0
  const pipeline = new Pipeline({
    decoding: decodingFor(),
    labels: new ModelLabels(4, { model: undefined, version: undefined }),
    maxColumns: MAX_COLUMNS,
    onRecognised: () => undefined,
    onRows: (_label, _protocol, { features, predictions }) =>
      (columns = Math.max(columns, features.columns.length, predictions.columns.length)),
    onDecodeFailure: () => undefined,
    onDroppedColumns: () => undefined,
    onBug: (error) => bugs.push(error),
  })
  const send = (target: string, request: string, response: string): void =>
    pipeline.accept(
      makeCall({
        target,
        request: { headers: JSON_BODY, body: request },
        response: { headers: JSON_BODY, body: response },
      }).exchange,
    )
  return { pipeline, send, bugs, columns: () => columns }
}

const nested = (depth: number, open: string, inner: string, close: string): string =>
  open.repeat(depth) + inner + close.repeat(depth)
const members = (count: number, name: (index: number) => string): string =>
  `{${Array.from({ length: count }, (_, index) => `"${name(index)}":${index}`).join()}}`
const answer = (turn: number): string => `{"score":${turn / 7}}`

interface Attack {
  readonly name: string
  readonly calls: number
  readonly request: (turn: number) => string
  readonly response?: (turn: number) => string
  readonly limit?: StructureLimit
}

const ATTACKS: readonly Attack[] = [
  {
    name: 'objects 40 deep',
    calls: 300,
    request: (turn) => nested(40, '{"a":', String(turn), '}'),
    limit: 'depth',
  },
  {
    name: 'lists 100,000 deep',
    calls: 40,
    request: (turn) => `{"age":${turn},"deep":${nested(100_000, '[', '', ']')}}`,
    limit: 'depth',
  },
  {
    name: 'five thousand members',
    calls: 100,
    request: () => members(5_000, (index) => `m${index}`),
    limit: 'width',
  },
  {
    name: 'four thousand values, a few in each of many objects',
    calls: 60,
    request: () =>
      `{${Array.from({ length: 400 }, (_, index) => `"o${index}":${members(10, (each) => `m${each}`)}`).join()}}`,
    limit: 'width',
  },
  {
    name: 'other names in each call',
    calls: 2_000,
    request: (turn) => `{"age":${turn},"scores":${members(20, (index) => `u${turn * 20 + index}x`)}}`,
    limit: 'changing_names',
  },
  {
    name: 'other names in each answer',
    calls: 2_000,
    request: (turn) => `{"age":${turn}}`,
    response: (turn) => `{"score":1.5,"of":${members(20, (index) => `u${turn * 20 + index}x`)}}`,
    limit: 'changing_names',
  },
  {
    name: 'a name of 100,000 characters',
    calls: 100,
    request: (turn) => `{"age":${turn},"height":1,"weight":2,"${'n'.repeat(100_000)}":1}`,
    limit: 'name',
  },
  {
    name: 'names of the prototype',
    calls: 100,
    request: (turn) =>
      `{"age":${turn},"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`,
    response: () => `{"score":0.5,"__proto__":{"polluted":1},"toString":1}`,
    limit: 'name',
  },
  {
    name: 'members that stand twice',
    calls: 100,
    request: (turn) => `{"age":${turn},"age":${turn + 1},"home":{"owns":true,"owns":false}}`,
    limit: 'duplicate_name',
  },
]

describe.each(ATTACKS)('$name', ({ calls, request, response = answer, limit }) => {
  test('is bounded and counted, and the same columns are read from good calls on another route', () => {
    const { pipeline, send, bugs, columns } = setUp()
    collect()
    const before = process.memoryUsage().heapUsed
    const started = performance.now()
    for (let turn = 0; turn < calls; turn += 1) send('/attacked', request(turn), response(turn))
    pipeline.decideRoutes(Infinity)
    expect(performance.now() - started).toBeLessThan(20_000)
    collect()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(32 * MEBIBYTE)
    expect(columns()).toBeLessThanOrEqual(MAX_COLUMNS)
    expect(JSON.stringify(pipeline.routes.routes.map(reportRoute)).length).toBeLessThan(MEBIBYTE)
    expect(serialize([...pipeline.routes.kept()]).length).toBeLessThan(MEBIBYTE)
    if (limit !== undefined) expect(pipeline.structureLimits[limit]).toBeGreaterThan(0)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    for (let turn = 0; turn < 40; turn += 1) send('/good', `{"age":${turn}}`, answer(turn))
    expect(pipeline.routes.find('POST', '/good')).toMatchObject({ features: ['age'], predictions: ['score'] })
    expect(bugs).toEqual([])
  })
})

test('a thousand routes: a hundred are told apart, the calls of the others are counted', () => {
  const { pipeline, send, bugs } = setUp()
  // Letters only, and nothing alike, so that no segment is folded.
  const word = (turn: number): string =>
    [...String(turn).padStart(4, '0')].map((digit) => 'qwertyuiop'[Number(digit)]).join('')
  for (let turn = 0; turn < 1_000; turn += 1)
    send(`/${word(turn)}/${word(999 - turn)}/score`, `{"age":${turn}}`, answer(turn))
  expect(pipeline.routes.routes.length).toBeLessThanOrEqual(MAX_ROUTES)
  expect(pipeline.routes.routes.length + pipeline.withoutRows.too_many_routes).toBeGreaterThan(16)
  expect(bugs).toEqual([])
})

test('large bodies on a hundred routes: what waits for a decision is bounded over all of them, and counted', () => {
  const { pipeline, send, bugs } = setUp()
  const large = `{"age":1,"list":[${'[],'.repeat(100_000)}[]]}`
  collect()
  const before = process.memoryUsage().heapUsed
  const letters = 'abcdefghij'
  for (const first of letters)
    for (const second of letters) send(`/${first}x/${second}y/${first}${second}z`, large, '{"score":0.5}')
  collect()
  // 100 bodies of 0.3 MB: parsed, each takes some 2 MB.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(128 * MEBIBYTE)
  expect(pipeline.structureLimits.samples).toBeGreaterThan(0)
  expect(bugs).toEqual([])
}, 60_000)

test('a route with bodies of more than 1 MiB decides by fewer exchanges, and that is counted', () => {
  const { pipeline, send } = setUp()
  const text = 'w'.repeat(300_000)
  const large = (turn: number): string => `{"age":${turn},"note":"${text}${turn}"}`
  for (let turn = 0; turn < 3; turn += 1) send('/large', large(turn), answer(turn))
  pipeline.decideRoutes(0)
  expect(pipeline.structureLimits.samples).toBe(0)
  send('/large', large(3), answer(3))
  pipeline.decideRoutes(0)
  expect(pipeline.structureLimits.samples).toBe(1)
  expect(pipeline.routes.find('POST', '/large')?.features).toContain('age')
})

test('a route with names that are too long for a checkpoint is not kept, and that is counted', () => {
  const { pipeline, send } = setUp()
  // Longer names are texts, and objects with such names are maps.
  const long = 'n'.repeat(56)
  const inside = `${`{"${long}":`.repeat(3)}${members(900, (index) => `${long}${index}`)}}}}`
  for (let turn = 0; turn < 40; turn += 1) {
    send('/short', `{"age":${turn}}`, answer(turn))
    send('/long', `{"age":${turn},"of":${inside}}`, answer(turn))
  }
  pipeline.decideRoutes(Infinity)
  expect(pipeline.structureLimits.kept).toBe(1)
  expect([...pipeline.routes.kept()].map(({ path }) => path)).toEqual(['/short'])
})

test('an enum or bounds for more than 50 columns of a route: those beyond are counted', () => {
  const bounds = { low: 0, high: 1 }
  const declared = new Map(Array.from({ length: 60 }, (_, index) => [`$.f${index}`, bounds]))
  const learner = new RouteLearner({
    learn: () => ({ nowEpochMs: Number.NaN, maxColumns: 100 }),
    described: () => ({ request: declared, response: new Map() }),
    needsVaryingRequest: false,
  })
  for (let turn = 0; turn < SAMPLES; turn += 1) {
    const request = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`f${index}`, turn * index]))
    const offer = { request: { value: request }, response: { value: { score: turn / 7 } } }
    learner.read({ ...offer, bytes: 1_000, nowMs: turn }, new RecordBatch(100))
  }
  learner.decide()
  expect(learner.declared).toHaveLength(MAX_DECLARED)
  expect(learner.limits.declared).toBe(60 - MAX_DECLARED)
})

test.each([
  ['{"a":1,"a":2}', 1],
  ['[{"a":1},{"a":2}]', 0],
  ['{"a":{"a":{"a":1}},"b":"a"}', 0],
  ['{"a":"\\"a\\":","b":"}","a":[]}', 1],
  ['{"a" : 1, "b":["a","a"], "a"\n:2, "a":3}', 2],
  ['"a":1,"a":2', 0],
  ['a=1&a=2', 0],
  ['', 0],
])('%s has %i members that stand twice', (text, count) => {
  expect(countDuplicateKeys(Buffer.from(text))).toBe(count)
})
