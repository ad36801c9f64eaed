import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DecodePlans } from '../../src/analysis/decode-plan.ts'
import { ReusableCall } from '../../src/calls/call.ts'
import { JsonReader } from '../../src/formats/json-reader.ts'
import { kserveV1 } from '../../src/protocols/kserve-v1.ts'
import type { Protocol } from '../../src/protocols/protocol.ts'
import { RecordBatch } from '../../src/records/record-batch.ts'
import { makeCall } from '../protocols/make-call.ts'
import { readColumns } from '../protocols/read-batch.ts'

const TARGET = '/v1/models/m:predict'
const MAX_COLUMNS = 6

interface Bodies {
  readonly request: string
  readonly response: string
}

/** Decodes one call after the other with what the pipeline keeps between them. */
function decoder(protocol: Protocol = kserveV1) {
  const plans = new DecodePlans()
  const [request, response] = [new JsonReader(), new JsonReader()]
  const batch = new RecordBatch(MAX_COLUMNS)
  let call: ReusableCall | undefined
  return (bodies: Bodies) => {
    const made = makeCall(
      { target: TARGET, request: { body: bodies.request }, response: { body: bodies.response } },
      (settings) =>
        (call ??= new ReusableCall(settings, {
          request: (bytes) => request.read(bytes),
          response: (bytes) => response.read(bytes),
        })),
    )
    return told(plans.decode(protocol, made, batch), batch)
  }
}

function plain({ request, response }: Bodies) {
  const batch = new RecordBatch(MAX_COLUMNS)
  const call = makeCall({ target: TARGET, request: { body: request }, response: { body: response } })
  return told(kserveV1.decode(call, batch), batch)
}

function told(result: unknown, batch: RecordBatch) {
  const { rows, features, predictions, model, version } = batch
  const sides = [features, predictions].map((set) => ({
    columns: readColumns(set, rows),
    names: set.columns.map(({ name }) => name),
    dropped: set.droppedColumns,
  }))
  return { result, rows, model, version, sides }
}

const SCALARS = [
  ...[
    '1',
    '-2.5',
    '0',
    '1e3',
    '17',
    'null',
    'true',
    'false',
    'NaN',
    '-Infinity',
    '"red"',
    '"blue"',
    '""',
    '"NaN"',
  ],
  ...[
    '"12"',
    '9007199254740993',
    '"\\n"',
    `"${'word '.repeat(40)}"`,
    '{"b64":"YWJj"}',
    '[0.25,0.75]',
    '[1,2]',
  ],
]

const ROWS: readonly (readonly [about: string, request: (next: () => string) => string])[] = [
  ['rows of scalars', (next) => `{"instances":[${next()},${next()}]}`],
  ['rows of arrays', (next) => `{"instances":[[${next()},${next()}],[${next()},${next()}]]}`],
  ['rows of objects', (next) => `{"instances":[{"a":${next()},"b":${next()}}]}`],
  [
    'rows of objects with other keys',
    (next) => `{"instances":[{"a":${next()},"b":${next()}},{"b":${next()}}]}`,
  ],
  [
    'one name from two places',
    (next) => `{"instances":[{"a_0":${next()},"a_1":${next()},"a":[${next()},${next()}]}]}`,
  ],
  ['bytes', (next) => `{"instances":[{"b64":${next()}}]}`],
  ['a signature', (next) => `{"signature_name":${next()},"instances":[{"a":${next()}}]}`],
  ['columns', (next) => `{"inputs":{"a":[${next()}],"b":[${next()}]}}`],
  ['a tensor', (next) => `{"inputs":[[${next()},${next()}]]}`],
  ['a shared context', (next) => `{"context":{"c":${next()}},"examples":[{"a":${next()}}]}`],
  [
    'more columns than are kept',
    (next) => `{"instances":[{${[...'abcdefgh'].map((key) => `"${key}":${next()}`).join()}}]}`,
  ],
  ['no rows', (next) => `{"instances":${next()}}`],
]

const ANSWERS: readonly (readonly [about: string, response: (next: () => string) => string])[] = [
  ['a scalar', (next) => `{"predictions":[${next()}]}`],
  ['two scalars', (next) => `{"predictions":[${next()},${next()}]}`],
  ['probabilities or not', (next) => `{"predictions":[[${next()},${next()}]]}`],
  ['an object', (next) => `{"predictions":[{"label":${next()},"score":${next()}}]}`],
  ['a single value', (next) => `{"predictions":${next()}}`],
  ['outputs', (next) => `{"outputs":{"x":[${next()}]}}`],
  ['classes', (next) => `{"result":[[["a",${next()}],["b",${next()}]]]}`],
  ['regressions', (next) => `{"result":[${next()}],"model_spec":{"name":"m","version":${next()}}}`],
]

describe('a call that is repeated by a plan says what decoding says', () => {
  test.each(ROWS.flatMap((row) => ANSWERS.map((answer) => [row[0], answer[0], row[1], answer[1]] as const)))(
    '%s, %s',
    (_row, _answer, request, response) => {
      const scalar = fc.oneof(
        fc.constantFrom(...SCALARS),
        { arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), weight: 3 },
        { arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map(String), weight: 3 },
      )
      const bodies = fc.array(scalar, { minLength: 1, maxLength: 4 }).map((scalars) => {
        let used = 0
        const next = (): string => scalars[used++ % scalars.length] as string
        return { request: request(next), response: response(next) }
      })
      fc.assert(
        fc.property(fc.array(bodies, { maxLength: 12 }), (calls) => {
          const decode = decoder()
          for (const call of calls) expect(decode(call)).toEqual(plain(call))
        }),
        { numRuns: 60 },
      )
    },
  )

  test('two models in turn, each with its columns', () => {
    const decode = decoder()
    for (let turn = 0; turn < 10; turn += 1) {
      for (const name of ['a', 'b']) {
        const call = { request: `{"instances":[{"${name}":${turn}}]}`, response: `{"predictions":[${turn}]}` }
        expect(decode(call)).toEqual(plain(call))
      }
    }
  })

  test('a score that is a probability from the ninth call on', () => {
    const decode = decoder()
    for (let turn = 0; turn < 20; turn += 1) {
      const scores = turn < 8 ? '[3.5,-1.5]' : '[0.25,0.75]'
      const call = { request: `{"instances":[{"a":${turn}}]}`, response: `{"predictions":[${scores}]}` }
      expect(decode(call)).toEqual(plain(call))
    }
  })
})

describe('a plan', () => {
  const calls = (count: number): Bodies[] =>
    Array.from({ length: count }, (_, turn) => ({
      request: `{"signature_name":"s","instances":[{"a":${turn},"b":"x"}]}`,
      response: `{"predictions":[${turn}.5]}`,
    }))

  /** Counts what is decoded as always. */
  function counted(protocol: Protocol): { readonly protocol: Protocol; readonly count: () => number } {
    let count = 0
    const decode: Protocol['decode'] = (call, batch) => {
      count += 1
      return protocol.decode(call, batch)
    }
    return { protocol: { ...protocol, decode }, count: () => count }
  }

  test('takes over from decoding once both shapes are known', () => {
    const { protocol, count } = counted(kserveV1)
    const decode = decoder(protocol)
    for (const call of calls(100)) expect(decode(call)).toEqual(plain(call))
    expect(count()).toBeLessThan(5)
  })

  test('does not hold when a slot that is no cell changes', () => {
    const { protocol, count } = counted(kserveV1)
    const decode = decoder(protocol)
    for (const call of calls(100)) decode(call)
    const before = count()
    const [call] = calls(1) as [Bodies]
    decode({ ...call, request: call.request.replace('"s"', '"t"') })
    expect(count()).toBe(before + 1)
  })

  test('is not made for a protocol that reads more than JSON', () => {
    const { protocol, count } = counted({ ...kserveV1, decodesOnlyJson: undefined } as unknown as Protocol)
    const decode = decoder(protocol)
    for (const call of calls(10)) decode(call)
    expect(count()).toBe(10)
  })
})
