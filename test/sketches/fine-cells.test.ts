import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { curveOfCells, totalOf } from '../../src/sketches/cells.ts'
import { largestGap } from '../../src/sketches/curve.ts'
import { curveOf } from '../../src/sketches/curve.ts'
import { digestValues } from '../../src/sketches/digest.ts'
import { type FineCells, FineCellsBuilder, KEPT_VALUES } from '../../src/sketches/fine-cells.ts'
import { normalSource, randomSource } from '../support/rows.ts'

function cellsOf(values: Iterable<number>): FineCells {
  const builder = new FineCellsBuilder()
  for (const value of values) builder.add(value)
  return builder.cells()
}

/** Values up to each edge, counted one by one. */
function exactUpTo(values: readonly number[], edges: Float64Array): number[] {
  const sorted = Float64Array.from(values).sort()
  let count = 0
  return Array.from(edges, (edge) => {
    while (count < sorted.length && (sorted[count] as number) <= edge) count += 1
    return count
  })
}

function upTo({ counts, edges }: FineCells): number[] {
  let count = 0
  return Array.from(edges, (_, cell) => (count += counts[cell] as number))
}

const wild = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -3, max: 3 }),
  fc.constant(0),
)

test('few values: every count is exact, and nothing is lost', () => {
  fc.assert(
    fc.property(fc.array(wild, { minLength: 1, maxLength: 300 }), (values) => {
      const cells = cellsOf(values)
      expect(totalOf(cells)).toBe(values.length)
      expect(upTo(cells)).toEqual(exactUpTo(values, cells.edges))
      for (let i = 1; i < cells.edges.length; i += 1)
        expect(cells.edges[i]).toBeGreaterThan(cells.edges[i - 1] as number)
      expect(cells.min === Math.min(...values)).toBe(true)
      expect(cells.max === Math.max(...values)).toBe(true)
    }),
  )
})

const random = randomSource(7)
const normal = normalSource(random)
const COUNT = 120_000
const columns: Readonly<Record<string, (i: number) => number>> = {
  normal: () => normal(),
  'log-normal, wide': () => Math.exp(3 * normal()),
  'spiked at zero': () => (random() < 0.6 ? 0 : Math.exp(normal())),
  integers: () => Math.round(40 * normal()),
  ascending: (i) => 1_700_000_000 + i,
  descending: (i) => -i / 7,
  alternating: (i) => (i % 2 === 0 ? i : -i),
  'moves away': (i) => normal() + i / 10_000,
  seasons: (i) => normal() + 5 * Math.sin(i / 20_000),
  'two, then a third between': (i) => (i > 60_000 ? normal() / 10 : normal() / 10 + (i % 2 === 0 ? 5 : -5)),
}

describe.each(Object.entries(columns))('many values: %s', (name, draw) => {
  const values = Array.from({ length: COUNT }, (_, i) => draw(i))
  const cells = cellsOf(values)

  test('nothing is lost, and no cell is crowded', () => {
    expect(totalOf(cells)).toBe(COUNT)
    expect(cells.edges.length).toBeLessThan(5_000)
    const exact = curveOf(digestValues(Float64Array.from(values), COUNT), COUNT)
    expect(largestGap(curveOfCells(cells.edges, cells), exact)).toBeLessThan(0.003)
  })

  test('counts at the edges are exact', () => {
    const exact = exactUpTo(values, cells.edges)
    const off = upTo(cells).map((count, i) => Math.abs(count - (exact[i] ?? 0)))
    // Where a cell between others fills up later, the values that it held are shared out.
    const of = (flag: number): number[] => off.filter((_, i) => cells.exact[i] === flag)
    expect(Math.max(0, ...of(1))).toBe(0)
    expect(Math.max(0, ...of(0))).toBeLessThan(0.002 * COUNT)
    if (!['seasons', 'moves away', 'two, then a third between'].includes(name))
      expect(Math.max(0, ...of(0))).toBe(0)
  })
})

test('what is restored goes on as what was saved, before and after cells are made', () => {
  for (const before of [100, KEPT_VALUES - 1, KEPT_VALUES, 40_000]) {
    const original = new FineCellsBuilder()
    for (let i = 0; i < before; i += 1) original.add(normal())
    const restored = FineCellsBuilder.restored(structuredClone(original.state()))
    for (let i = 0; i < 20_000; i += 1) {
      const value = normal() + i / 5_000
      original.add(value)
      restored.add(value)
    }
    expect(restored.cells()).toEqual(original.cells())
  }
})

test('the least and the largest double are counted', () => {
  const values = Array.from({ length: 20_000 }, (_, i) =>
    i % 3 === 0 ? -Number.MAX_VALUE : i % 3 === 1 ? Number.MAX_VALUE : i,
  )
  const cells = cellsOf(values)
  expect(totalOf(cells)).toBe(20_000)
  expect(cells.min).toBe(-Number.MAX_VALUE)
  expect(cells.max).toBe(Number.MAX_VALUE)
})
