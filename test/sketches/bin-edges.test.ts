import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BinEdges, exactIndex, lowestBin } from '../../src/sketches/bin-edges.ts'

const wild = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ noNaN: true, min: -1, max: 1 }),
  fc.integer({ min: -50, max: 50 }),
)
const edgesOf = (values: fc.Arbitrary<number>) =>
  fc
    .uniqueArray(
      values.map((value) => value + 0),
      { maxLength: 20 },
    )
    .map((some) => Float64Array.from(some).sort())

test('a bin holds what is above its lower edge and not above its upper one, at any scale', () => {
  fc.assert(
    fc.property(edgesOf(wild), fc.array(wild), (edges, values) => {
      const bins = new BinEdges(edges)
      // The edges themselves and their neighbours are where a rounding would show.
      for (const value of [...values, ...edges, ...[...edges].map((edge) => edge * (1 + 2 ** -52))]) {
        if (!Number.isFinite(value)) continue
        const bin = bins.index(value)
        expect(bin).toBe(edges.filter((edge) => edge < value).length)
        expect(bin).toBe(lowestBin(edges, value))
      }
    }),
    { numRuns: 500 },
  )
})

test('a value is found exactly where it stands', () => {
  fc.assert(
    fc.property(
      edgesOf(fc.integer({ min: -50, max: 50 })),
      fc.integer({ min: -60, max: 60 }),
      (values, value) => {
        expect(exactIndex(values, value)).toBe(values.indexOf(value))
      },
    ),
  )
})
