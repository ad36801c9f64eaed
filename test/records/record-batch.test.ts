import { expect, test } from 'vitest'
import { ColumnSet } from '../../src/records/record-batch.ts'

const namesOf = (set: ColumnSet): string[] => set.columns.map(({ name }) => name)

test('columns whose names cannot be label values are left out and counted, in every batch', () => {
  const set = new ColumnSet('feature', 10)
  const long = 'x'.repeat(256)
  for (let batch = 0; batch < 2; batch += 1) {
    set.begin(3)
    for (const name of ['age', `${long}x`, long, '\ud800', '\ud801', '😀']) {
      expect(set.column(name).tags.length).toBeGreaterThanOrEqual(3)
    }
    expect(namesOf(set)).toEqual(['age', long, '😀'])
    expect(set.droppedColumns).toBe(3)
  }
})
