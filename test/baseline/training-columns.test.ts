import { expect, test } from 'vitest'
import { leftOutColumns } from '../../src/baseline/training-columns.ts'

const leftOut = (
  features: readonly string[],
  more: { indexes?: string[]; predictions?: string[]; decided?: string[] } = {},
) =>
  leftOutColumns({ features, indexes: [], predictions: [], decided: [], ...more }).map(
    ({ name, reason }) => `${name}: ${reason}`,
  )

test('an index by its name or by its values, and the label', () => {
  expect(leftOut(['Unnamed: 0', 'age', 'y'])).toEqual(['Unnamed: 0: index', 'y: label'])
  expect(leftOut(['row', 'age', 'Target'], { indexes: ['row'] })).toEqual(['row: index', 'Target: label'])
})

test('what a person decided, and a coordinate, stay', () => {
  expect(leftOut(['label', 'index'], { decided: ['label', 'index'] })).toEqual([])
  expect(leftOut(['x', 'y'])).toEqual([])
})
