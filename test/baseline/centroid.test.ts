/** Embeddings: the direction of the baseline and the distances from it, against the textbook formula. */
import { describe, expect, test } from 'vitest'
import { ModelRegistry } from '../../src/analysis/model-registry.ts'
import type { Baseline } from '../../src/baseline/baseline.ts'
import { BaselineBuilder } from '../../src/baseline/builder.ts'
import { DISTANCE_COLUMN } from '../../src/baseline/centroid.ts'
import { baselineHash } from '../../src/baseline/hash.ts'
import { parseBaseline, renderBaseline } from '../../src/baseline/load.ts'
import { mergeBaselines } from '../../src/baseline/merge.ts'
import { baselineOptions } from '../../src/baseline/options.ts'
import { driftOptions } from '../../src/drift/options.ts'
import { embeddingsSide } from '../../src/generation/embeddings.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { recognise } from '../../src/protocols/index.ts'
import { pair } from '../../src/records/pairing.ts'
import { CELL, LONGEST_VECTOR, RecordBatch } from '../../src/records/record-batch.ts'
import { makeCall } from '../protocols/make-call.ts'
import { normalSource, randomSource } from '../support/rows.ts'

const SIZE = 64
const meta = { model: 'm', version: '1', source: 'test', createdEpochMs: 1_700_000_000_000 }
const normal = normalSource(randomSource(17))

/** Vectors of any length around one of two directions. */
function vectors(count: number, axis: 0 | 1): number[][] {
  return Array.from({ length: count }, () => {
    const length = 0.5 + Math.abs(normal())
    return Array.from({ length: SIZE }, (_, i) => length * (0.1 * normal() + (i % 2 === axis ? 0.2 : 0)))
  })
}

function batchOf(embeddings: readonly (readonly number[])[]): RecordBatch {
  const batch = new RecordBatch(20)
  expect(pair(batch, undefined, embeddingsSide(embeddings))).toBeUndefined()
  return batch
}

function build(embeddings: readonly number[][], step = 10): BaselineBuilder {
  const builder = new BaselineBuilder({ features: 20, categories: 5 })
  for (let start = 0; start < embeddings.length; start += step)
    builder.add(batchOf(embeddings.slice(start, start + step)))
  return builder
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0)
const distance = (a: readonly number[], b: readonly number[]): number =>
  1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))

const known = vectors(2_000, 0)
const baseline = build(known).build(meta)

const columnOf = ({ columns }: Baseline) => columns.find(({ name }) => name === DISTANCE_COLUMN)

describe('the baseline', () => {
  test('points to the mean of the unit vectors', () => {
    const mean = known.reduce<number[]>(
      (sum, vector) => sum.map((value, i) => value + (vector[i] ?? 0) / Math.sqrt(dot(vector, vector))),
      Array.from({ length: SIZE }, () => 0),
    )
    expect(distance(baseline.centroid ?? [], mean)).toBeLessThan(1e-9)
    expect(dot(baseline.centroid ?? [], baseline.centroid ?? [])).toBeCloseTo(1, 4)
  })

  test('has the distances of its rows, all but those of the first ones, and none is missing', () => {
    const column = columnOf(baseline)
    if (column?.kind !== 'numeric') throw new Error('the distances are numbers')
    expect(column).toMatchObject({ role: 'prediction', rows: 1_900, missing: 0 })
    const exact = known.map((vector) => distance(vector, baseline.centroid ?? []))
    const mean = exact.reduce((sum, value) => sum + value, 0) / exact.length
    // Distances to a centroid that is not yet the last one are a little longer.
    expect(Math.abs(column.mean / mean - 1)).toBeLessThan(0.01)
  })

  test('survives its file and a restart in the middle, and its hash knows of the direction', () => {
    expect(parseBaseline(renderBaseline(baseline), 'x')).toEqual(JSON.parse(JSON.stringify(baseline)))
    const half = build(known.slice(0, 1_000))
    const resumed = new BaselineBuilder({ features: 20, categories: 5 })
    resumed.restore(structuredClone(half.state()))
    for (let start = 1_000; start < 2_000; start += 10) resumed.add(batchOf(known.slice(start, start + 10)))
    expect(resumed.build(meta).centroid).toEqual(baseline.centroid)
    expect(baselineHash({ ...baseline, centroid: baseline.centroid?.toReversed() })).not.toBe(
      baselineHash(baseline),
    )
  })

  test('of parts has the direction of the whole, and no distances where the parts disagree', () => {
    const parts = [build(known.slice(0, 500)), build(known.slice(500))].map((part) => part.build(meta))
    const merged = mergeBaselines(parts, { ...meta, maxCategories: 5 })
    expect(distance(merged.centroid ?? [], baseline.centroid ?? [])).toBeLessThan(1e-3)
    expect(columnOf(merged)).toBeDefined()
    const shorter = build(known.map((vector) => vector.slice(1))).build(meta)
    const mixed = mergeBaselines([baseline, shorter], { ...meta, maxCategories: 5 })
    expect(mixed.centroid).toBeUndefined()
    expect(columnOf(mixed)).toBeUndefined()
  })

  test.each([
    ['too few', vectors(15, 0)],
    ['too long', Array.from({ length: 30 }, () => Array.from({ length: LONGEST_VECTOR + 1 }, () => 1))],
    ['of no length', Array.from({ length: 30 }, () => [0, 0])],
  ])('has none for vectors that are %s', (_why, embeddings) => {
    const built = build(embeddings).build(meta)
    expect(built.centroid).toBeUndefined()
    expect(columnOf(built)).toBeUndefined()
  })
})

test('a wide prediction of another protocol is an embedding as well, and one of something else is none', () => {
  const decode = (target: string, response: object): RecordBatch => {
    const request = {
      inputs: [{ name: 'id', shape: [2], datatype: 'INT32', data: [1, 2] }],
      instances: [1, 2],
    }
    const call = makeCall({
      target,
      request: { body: JSON.stringify(request) },
      response: { body: JSON.stringify(response) },
    })
    const batch = new RecordBatch(20)
    expect(recognise(call)?.protocol?.decode(call, batch)).toBeUndefined()
    return batch
  }
  const v1 = '/v1/models/m:predict'
  const rows = vectors(2, 0)
  expect(decode(v1, { predictions: rows }).predictions.vectors).toEqual(rows)
  const output = { name: 'y', shape: [2, SIZE], datatype: 'FP32', data: rows.flat() }
  expect(decode('/v2/models/m/infer', { outputs: [output] }).predictions.vectors).toEqual(rows)
  const texts = rows.map((row) => row.map((value) => (value > 0 ? 'a' : 'b')))
  const nested = rows.map((row) => row.map((value) => [value, 1]))
  const long = rows.map(() => Array.from({ length: LONGEST_VECTOR + 1 }, () => 1))
  for (const predictions of [texts, nested, long, [1, 2]])
    expect(decode(v1, { predictions }).predictions.vectors).toEqual([])
})

describe('live', () => {
  const MINUTE = 60_000
  const monitorOf = () => {
    const clock = new ManualClock()
    const options = {
      baseline: baselineOptions.parse({}),
      windows: [5 * MINUTE],
      drift: driftOptions.parse({}),
      limits: { models: 3, features: 20, categories: 10 },
      evaluation: { interval: 10_000 },
    }
    const registry = new ModelRegistry({ options, clock, loadedBaseline: baseline, onEvent: () => undefined })
    return registry.monitor('m', '1', 'openai')
  }

  test('each row is as far from the baseline as the formula says; others are missing', () => {
    const [near = [], far = []] = [...vectors(1, 0), ...vectors(1, 1)]
    const batch = batchOf([near, far, [1, 2], near.map(() => 0)])
    monitorOf().accept(batch)
    const column = batch.predictions.find(DISTANCE_COLUMN)
    expect(column?.numbers[0]).toBeCloseTo(distance(near, baseline.centroid ?? []), 9)
    expect(column?.numbers[1]).toBeCloseTo(distance(far, baseline.centroid ?? []), 9)
    expect([...(column?.tags.subarray(0, 4) ?? [])]).toEqual([
      CELL.NUMBER,
      CELL.NUMBER,
      CELL.MISSING,
      CELL.MISSING,
    ])
  })

  test.each([
    [0, false],
    [1, true],
  ] as const)('texts about direction %i have drifted: %s', (axis, hasDrifted) => {
    const monitor = monitorOf()
    for (const vector of vectors(600, axis)) monitor.accept(batchOf([vector]))
    const columns = monitor.evaluate().columns
    const scoresOf = (name: string) => columns.find((one) => one.name === name)?.windows[0]?.scores ?? []
    expect(scoresOf(DISTANCE_COLUMN)).not.toEqual([])
    for (const { value, threshold } of scoresOf(DISTANCE_COLUMN)) expect(value > threshold).toBe(hasDrifted)
    // Their lengths say nothing of it.
    for (const { value, threshold } of scoresOf('embedding_norm')) expect(value).toBeLessThan(threshold)
  })
})
