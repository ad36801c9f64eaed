import { expect, test } from 'vitest'
import { BLOCK_ROWS, RowClusters } from '../../src/calibration/row-clusters.ts'
import { randomSource } from '../support/rows.ts'

/** Blocks of rows of four bins, `alike` equal ones in a row. */
function rowsPerOne(alike: number, rows = 60_000): number {
  const random = randomSource(7)
  const clusters = new RowClusters(4)
  let [bin, block] = [0, new Float64Array(4)]
  for (let row = 0; row < rows; row += 1) {
    if (row % alike === 0) bin = Math.floor(4 * random())
    block[bin] = (block[bin] as number) + 1
    if ((row + 1) % BLOCK_ROWS !== 0) continue
    clusters.add(block)
    block = new Float64Array(4)
  }
  return clusters.rowsPerOne
}

test('independent rows are worth what they are', () => {
  expect(rowsPerOne(1)).toBeLessThan(1.3)
})

test.each([4, 20, 500, 2_000])('batches of %i equal rows are worth about one each', (alike) => {
  expect(rowsPerOne(alike)).toBeGreaterThan(0.6 * alike)
  expect(rowsPerOne(alike)).toBeLessThan(2 * alike)
})

test.each([1_000, 2_200, 5_000, 60_000])('a drift that begins after %i rows is no cluster', (before) => {
  const random = randomSource(9)
  const clusters = new RowClusters(10)
  let most = 0
  let block = new Float64Array(10)
  for (let row = 0; row < before + 6_000; row += 1) {
    const bin = Math.floor(10 * (row < before ? random() : random() ** 4))
    block[bin] = (block[bin] as number) + 1
    if ((row + 1) % BLOCK_ROWS !== 0) continue
    clusters.add(block)
    most = Math.max(most, clusters.rowsPerOne)
    block = new Float64Array(10)
  }
  expect(most).toBeLessThan(4)
})

test('a slow drift is no cluster', () => {
  const random = randomSource(9)
  const clusters = new RowClusters(2)
  for (let block = 0; block < 2_000; block += 1) {
    const share = 0.3 + (0.4 * block) / 2_000
    const counts = new Float64Array(2)
    for (let row = 0; row < BLOCK_ROWS; row += 1) {
      const bin = random() < share ? 1 : 0
      counts[bin] = (counts[bin] as number) + 1
    }
    clusters.add(counts)
  }
  expect(clusters.rowsPerOne).toBeLessThan(1.5)
})

test('it goes on from its saved state', () => {
  const [first, second] = [new RowClusters(2), new RowClusters(2)]
  for (let block = 0; block < 50; block += 1)
    first.add(Float64Array.of(block % 2 === 0 ? 64 : 0, block % 2 === 0 ? 0 : 64))
  second.restore(first.state())
  for (const clusters of [first, second]) clusters.add(Float64Array.of(10, 54))
  expect(second.rowsPerOne).toBe(first.rowsPerOne)
  expect(first.rowsPerOne).toBeGreaterThan(10)
})
