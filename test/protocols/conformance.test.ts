/** Every protocol reads its fixtures as they say, and keeps the laws of `Protocol` on input that nobody meant. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ReusableCall } from '../../src/calls/call.ts'
import { OPERATIONS } from '../../src/calls/recognition.ts'
import { FAILURES } from '../../src/formats/failure.ts'
import { parseJsonText } from '../../src/formats/json.ts'
import { JsonReader } from '../../src/formats/json-reader.ts'
import { PROTOCOL_NAMES, protocols, recognise } from '../../src/protocols/index.ts'
import { type Protocol } from '../../src/protocols/protocol.ts'
import { RecordBatch } from '../../src/records/record-batch.ts'
import { decodingFor, makeCall, type MessageSpec } from './make-call.ts'
import { readColumns, rounded } from './read-batch.ts'

const FIXTURES = resolve(import.meta.dirname, '../fixtures/protocols')
const SOURCES = resolve(import.meta.dirname, '../../src/protocols')
const MAX_COLUMNS = 40

/** One file of test/fixtures/protocols/<protocol>/; docs/adding-a-protocol.md explains the keys. */
interface Fixture {
  readonly about: string
  readonly options?: unknown
  readonly request: FixtureMessage & { readonly target: string; readonly method?: string }
  readonly response: FixtureMessage & { readonly status?: number }
  readonly expected: {
    readonly recognition?: unknown
    readonly failure?: string
    readonly rows: number
    readonly model?: string
    readonly version?: string
    readonly features: unknown
    readonly predictions: unknown
    readonly droppedFeatures?: number
  }
}

/** A body is `json`, or `text` as it is on the wire, or `base64`. */
interface FixtureMessage {
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly text?: string
  readonly base64?: string
  readonly truncated?: boolean
}

function toMessage({ headers = {}, json, text, base64, truncated = false }: FixtureMessage): MessageSpec {
  const body =
    base64 === undefined
      ? (text ?? (json === undefined ? '' : JSON.stringify(json)))
      : Buffer.from(base64, 'base64')
  return { headers, body, truncated }
}

function fixturesOf(name: string): { file: string; fixture: Fixture }[] {
  return readdirSync(join(FIXTURES, name))
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ file, fixture: readFixture(join(FIXTURES, name, file)) }))
}

/** Fixtures may hold bare NaN tokens in what they expect. */
function readFixture(path: string): Fixture {
  const parsed = parseJsonText(readFileSync(path, 'utf8'), false)
  if ('failure' in parsed) throw new Error(`${path} is not JSON`)
  return parsed.value as Fixture
}

test('every folder of fixtures is of a registered protocol', () => {
  expect(readdirSync(FIXTURES).sort()).toEqual([...PROTOCOL_NAMES].sort())
})

test('every protocol in the folder is registered under its file name', async () => {
  const exported: string[] = []
  for (const file of readdirSync(SOURCES)) {
    const module = (await import(join(SOURCES, file))) as Record<string, unknown>
    const names = Object.values(module)
      .filter(isProtocol)
      .map(({ name }) => name)
    for (const name of names) expect(file).toBe(`${name}.ts`)
    exported.push(...names)
  }
  expect(exported.sort()).toEqual([...PROTOCOL_NAMES].sort())
})

describe.each(protocols.map((protocol) => ({ protocol, name: protocol.name })))(
  '$name',
  ({ protocol, name }) => {
    const fixtures = fixturesOf(name)

    test('has a summary of one line and at least three fixtures', () => {
      expect(protocol.summary).toMatch(/^[^\n]{10,}$/)
      expect(fixtures.length).toBeGreaterThanOrEqual(3)
    })

    test.each(fixtures)('$file: $fixture.about', ({ fixture }) => {
      const { request, response, options, expected } = fixture
      const call = makeCall({
        target: request.target,
        ...(request.method === undefined ? {} : { method: request.method }),
        ...(response.status === undefined ? {} : { status: response.status }),
        request: toMessage(request),
        response: toMessage(response),
        options,
      })
      const recognised = recognise(call, decodingFor(options).protocols)
      expect(recognised?.protocol?.name).toBe(name)
      if (expected.recognition !== undefined) expect(recognised?.recognition).toEqual(expected.recognition)

      const batch = new RecordBatch(MAX_COLUMNS)
      const failure = protocol.decode(call, batch)?.failure
      expect({
        failure,
        rows: batch.rows,
        features: readColumns(batch.features, batch.rows),
        predictions: readColumns(batch.predictions, batch.rows),
        droppedFeatures: batch.features.droppedColumns,
        model: batch.model,
        version: batch.version,
      }).toEqual({
        failure: expected.failure,
        rows: expected.rows,
        features: restoreNumbers(expected.features),
        predictions: restoreNumbers(expected.predictions),
        droppedFeatures: expected.droppedFeatures ?? 0,
        model: expected.model ?? '',
        version: expected.version ?? '',
      })
    })

    test('gives the same from a batch, a call and readers that were used before', () => {
      const used = new RecordBatch(MAX_COLUMNS)
      const [request, response] = [new JsonReader(), new JsonReader()]
      const readers = {
        request: (bytes: Uint8Array) => request.read(bytes),
        response: (bytes: Uint8Array) => response.read(bytes),
      }
      for (const { fixture } of fixtures) {
        let call: ReusableCall | undefined
        for (let turn = 0; turn < 3; turn += 1) {
          const spec = {
            target: fixture.request.target,
            request: toMessage(fixture.request),
            response: toMessage(fixture.response),
            options: fixture.options,
          }
          const fresh = new RecordBatch(MAX_COLUMNS)
          expect(
            protocol.decode(
              makeCall(spec, (settings) => (call ??= new ReusableCall(settings, readers))),
              used,
            ),
          ).toEqual(protocol.decode(makeCall(spec), fresh))
          expect(readColumns(used.features, used.rows)).toEqual(readColumns(fresh.features, fresh.rows))
          expect(readColumns(used.predictions, used.rows)).toEqual(readColumns(fresh.predictions, fresh.rows))
        }
      }
    })

    test('recognises and decodes any body without throwing', () => {
      const targets = fixtures.map(({ fixture }) => fixture.request.target)
      const keys = fixtures.flatMap(({ fixture }) => keysOf([fixture.request.json, fixture.response.json]))
      const bodies = arbitraryBody([...new Set(keys)])
      const headers = fixtures.map(({ fixture }) => fixture.request.headers ?? {})
      fc.assert(
        fc.property(
          fc.constantFrom(...targets),
          fc.constantFrom(...headers),
          bodies,
          bodies,
          (target, requestHeaders, request, response) => {
            const call = makeCall({
              target,
              request: { body: request, headers: requestHeaders },
              response: { body: response },
              options: fixtures[0]?.fixture.options,
            })
            const recognition = protocol.recognise(call)
            if (recognition !== undefined) expect(OPERATIONS).toContain(recognition.operation)
            const batch = new RecordBatch(MAX_COLUMNS)
            const result = protocol.decode(call, batch)
            if (result !== undefined) expect(FAILURES).toContain(result.failure)
            expect(batch.features.columns.length).toBeLessThanOrEqual(MAX_COLUMNS)
            expect(batch.predictions.columns.length).toBeLessThanOrEqual(MAX_COLUMNS)
          },
        ),
        { numRuns: 300 },
      )
    })

    test('decodes any change of a fixture without throwing', () => {
      fc.assert(
        fc.property(
          fc.constantFrom(...fixtures),
          fc.nat(),
          fc.nat(255),
          fc.nat(),
          ({ fixture }, at, byte, cut) => {
            const message = toMessage(fixture.request)
            const bytes = Buffer.from(message.body ?? '')
            if (bytes.length === 0) return
            bytes[at % bytes.length] = byte
            const call = makeCall({
              target: fixture.request.target,
              request: { ...message, body: bytes.subarray(0, bytes.length - (cut % 3)) },
              response: toMessage(fixture.response),
              options: fixture.options,
            })
            const result = protocol.decode(call, new RecordBatch(MAX_COLUMNS))
            if (result !== undefined) expect(FAILURES).toContain(result.failure)
          },
        ),
        { numRuns: 300 },
      )
    })
  },
)

function isProtocol(value: unknown): value is Protocol {
  return typeof value === 'object' && value !== null && 'recognise' in value && 'decode' in value
}

/** `parseJsonText` gives bare tokens as strings. */
function restoreNumbers(columns: unknown): unknown {
  const restore = (value: unknown): unknown => {
    if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value)
    return typeof value === 'number' ? rounded(value) : value
  }
  return Object.fromEntries(
    Object.entries(columns as Record<string, unknown[]>).map(([name, cells]) => [name, cells.map(restore)]),
  )
}

function keysOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const below = Object.values(value).flatMap(keysOf)
  return Array.isArray(value) ? below : [...Object.keys(value), ...below]
}

/** Bytes, any JSON, and JSON whose keys are the protocol's own, so that it gets past the first check. */
function arbitraryBody(keys: readonly string[]): fc.Arbitrary<string | Uint8Array> {
  const words = fc.constantFrom('', 'name', ...keys)
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue({ maxDepth: 1 }),
      fc.oneof(fc.constantFrom('FP32', 'INT64', 'BYTES', 'BOOL', 'NaN'), fc.integer({ min: -2, max: 4 })),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(words, tie('tree'), { maxKeys: 4 }),
    ),
  }))
  return fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json(),
    tree.map((value) => JSON.stringify(value)),
  )
}
