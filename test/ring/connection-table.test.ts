import { describe, expect, test } from 'vitest'
import { ConnectionTable } from '../../src/ring/connection-table.ts'
import { DIRECTION } from '../../src/ring/frame.ts'
import { createTapMemory, MIN_RING_BYTES } from '../../src/ring/memory.ts'

const { TO_SERVER, TO_CLIENT } = DIRECTION
const table = (): ConnectionTable =>
  new ConnectionTable(createTapMemory({ ringBytes: MIN_RING_BYTES, maxConnections: 8 }))

describe('skip requests', () => {
  test('hold for one connection and direction, rounded down', () => {
    const shared = table()
    shared.skipUntil(5, TO_CLIENT, 10_000_000_000)
    expect(shared.skipEnd(5, TO_CLIENT)).toBe(Math.floor(10_000_000_000 / 4096) * 4096)
    expect(shared.skipEnd(5, TO_SERVER)).toBe(0)
    expect(shared.skipEnd(6, TO_CLIENT)).toBe(0)
  })

  test('without an end last for ever', () => {
    const shared = table()
    shared.skipUntil(5, TO_SERVER, Number.MAX_SAFE_INTEGER)
    expect(shared.skipEnd(5, TO_SERVER)).toBe(Number.POSITIVE_INFINITY)
  })

  test('of an earlier connection with the same entry do not hold for the next one', () => {
    const shared = table()
    const next = 5 + shared.size
    shared.skipUntil(5, TO_CLIENT, 1e9)
    expect(shared.skipEnd(next, TO_CLIENT)).toBe(0)
    shared.skipUntil(next, TO_SERVER, 1e6)
    expect(shared.skipEnd(next, TO_CLIENT)).toBe(0)
  })
})

describe('idleness', () => {
  test('counts only when the observer has seen every byte', () => {
    const shared = table()
    shared.begin(3)
    shared.markIdle(3, true)
    expect(shared.isIdle(3, 0, 0)).toBe(true)
    expect(shared.isIdle(3, 100, 0)).toBe(false)
    shared.markIdle(3, false)
    shared.seen(3, TO_SERVER, 100)
    expect(shared.isIdle(3, 100, 0)).toBe(false)
    shared.markIdle(3, true)
    shared.seen(3, TO_CLIENT, 50)
    expect(shared.isIdle(3, 100, 50)).toBe(true)
    expect(shared.isIdle(3, 101, 50)).toBe(false)
  })

  test('is kept per connection, also beyond 2^32 bytes', () => {
    const shared = table()
    shared.begin(3)
    shared.markIdle(3, true)
    shared.markIdle(4, false)
    shared.seen(3, TO_CLIENT, 2 ** 33 + 7)
    expect(shared.isIdle(3, 0, 2 ** 33 + 7)).toBe(true)
    expect(shared.isIdle(3 + shared.size, 0, 2 ** 33 + 7)).toBe(false)
  })
})
