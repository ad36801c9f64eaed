import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BufferPool } from '../../src/observe/buffer-pool.ts'

test('a buffer that was given back is lent again, any number of times', () => {
  const pool = new BufferPool(8192)
  const first = pool.acquire(1500)
  for (let round = 0; round < 100; round += 1) {
    const buffer = round === 0 ? first : pool.acquire(1500)
    expect(buffer).toBe(first)
    if (buffer !== undefined) pool.release(buffer)
  }
})

test('what is lent or reserved never exceeds the budget, and all of it comes back', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 40 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 100_000 }), (requests, budget) => {
      const pool = new BufferPool(budget)
      const lent: Buffer[] = []
      let reserved = 0
      for (const size of requests) {
        if (size % 3 === 0) {
          if (pool.reserve(size)) reserved += size
          continue
        }
        const buffer = pool.acquire(size)
        if (buffer === undefined) continue
        expect(buffer.length).toBeGreaterThanOrEqual(size)
        lent.push(buffer)
      }
      expect(new Set(lent).size).toBe(lent.length)
      expect(pool.lentBytes).toBe(reserved + lent.reduce((sum, { length }) => sum + length, 0))
      expect(pool.lentBytes).toBeLessThanOrEqual(budget)
      for (const buffer of lent) pool.release(buffer)
      pool.unreserve(reserved)
      expect(pool.lentBytes).toBe(0)
    }),
  )
})
