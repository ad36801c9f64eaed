/** Enums and bounds of a server's OpenAPI description reach the baseline and the counters of the model. */
import { expect, test } from 'vitest'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import { Pipeline } from '../../src/analysis/pipeline.ts'
import type { CategoricalColumn } from '../../src/baseline/baseline.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { readOpenApi } from '../../src/model-server/openapi.ts'
import { decodingFor, makeCall } from '../protocols/make-call.ts'
import { newRegistry } from '../support/model-registry.ts'
import { randomSource } from '../support/rows.ts'

/** As FastAPI 0.165 writes it for `age: int = Field(ge=0, le=120)`, `Optional[float]`, a `Literal` and an `IntEnum`. */
const DOCUMENT = {
  openapi: '3.1.0',
  paths: {
    '/score': {
      post: {
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Batch' } } },
        },
        responses: {
          '200': {
            content: { 'application/json': { schema: { items: { $ref: '#/components/schemas/Answer' } } } },
          },
        },
      },
    },
  },
  components: {
    schemas: {
      Batch: { properties: { rows: { type: 'array', items: { $ref: '#/components/schemas/Row' } } } },
      Row: {
        properties: {
          age: { type: 'integer', minimum: 0, maximum: 120 },
          income: { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'null' }] },
          plan: { enum: ['basic', 'pro', 'gold'], type: 'string' },
          season: { $ref: '#/components/schemas/Season' },
        },
      },
      Season: { enum: [1, 2, 3, 4], type: 'integer' },
      Answer: { properties: { score: { type: 'number', minimum: 0, maximum: 1 } } },
    },
  },
}

test('what a schema says of single values, through references and alternatives', () => {
  const [route] = readOpenApi(DOCUMENT) ?? []
  expect(route?.values.request.get('$.rows[*].age')).toEqual({ low: 0, high: 120 })
  expect(route?.values.request.get('$.rows[*].income')).toEqual({ low: 0, high: Infinity })
  expect(route?.values.request.get('$.rows[*].season')?.categories).toEqual(new Set(['1', '2', '3', '4']))
  expect(route?.values.response.get('$[*].score')).toEqual({ low: 0, high: 1 })
})

test.each([1, 200])('known from call %i on', (knownFrom) => {
  const clock = new ManualClock()
  const registry = newRegistry(clock, 1_000)
  const described = readOpenApi(DOCUMENT)?.[0]
  let calls = 0
  let old = 0
  const pipeline = new Pipeline({
    decoding: decodingFor(),
    labels: new ModelLabels(4, { model: undefined, version: undefined }),
    maxColumns: 20,
    onRecognised: () => undefined,
    onRows: ({ model, version }, protocol, batch) => registry.monitor(model, version, protocol).accept(batch),
    onDecodeFailure: () => undefined,
    onDroppedColumns: () => undefined,
    routes: { described: () => (calls < knownFrom ? undefined : described) },
    onBug: (error) => {
      throw error
    },
  })
  const random = randomSource(4)
  const json = { 'content-type': 'application/json' }
  for (; calls < 600; calls += 1) {
    clock.advance(10)
    const rows = Array.from({ length: 1 + (calls % 3) }, () => ({
      age: calls >= 500 ? 130 : Math.floor(100 * random()),
      income: 1000 * random(),
      // One of three names stands in so few rows that it would not be shown.
      plan: calls === 100 ? 'gold' : random() < 0.5 ? 'basic' : 'pro',
      season: 1 + Math.floor(4 * random()),
    }))
    if (calls >= 500) old += rows.length
    pipeline.accept(
      makeCall({
        target: '/score',
        request: { headers: json, body: JSON.stringify({ rows }) },
        response: { headers: json, body: JSON.stringify(rows.map(() => ({ score: random() }))) },
      }).exchange,
    )
  }
  const monitor = registry.find('/score', '')
  const column = (name: string) => monitor?.baseline?.columns.find((each) => each.name === name)
  expect(column('season')?.kind).toBe('categorical')
  expect((column('season') as CategoricalColumn).categories.toSorted()).toEqual(['1', '2', '3', '4'])
  expect((column('plan') as CategoricalColumn).categories).toContain('gold')
  const violations = monitor?.evaluate().boundsViolations
  expect(violations).toContainEqual({ role: 'feature', name: 'age', count: old })
  expect(violations).toContainEqual({ role: 'prediction', name: 'score', count: 0 })
})
