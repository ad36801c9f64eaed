import { expect, test } from 'vitest'
import { doubleOf, halfOf, isInShare, type Share, sizeOf, WHOLE } from '../../src/capture/share.ts'
import { ShareControl } from '../../src/capture/share-control.ts'

/** Ports that Linux gives to clients. */
const PORTS = Array.from({ length: 28_000 }, (_, at) => 32_768 + at)
const EVEN_PORTS = PORTS.filter((port) => port % 2 === 0)

const keptOf = (share: Share, ports: readonly number[]): number[] =>
  ports.filter((port) => isInShare(port, share))

test('each half is a part of the wider share, and half as large, of all ports and of even ports', () => {
  let share = WHOLE
  for (let step = 0; step < 6; step += 1) {
    const half = halfOf(share, EVEN_PORTS) as Share
    for (const ports of [PORTS, EVEN_PORTS]) {
      const kept = keptOf(half, ports)
      expect(kept.every((port) => isInShare(port, share))).toBe(true)
      expect(kept.length / ports.length / sizeOf(half)).toBeCloseTo(1, 1)
    }
    expect(doubleOf(half)).toEqual(share)
    share = half
  }
  expect(halfOf(share, EVEN_PORTS)).toBeUndefined()
})

test('the half with more connections stays; where one half has none, nothing is left out', () => {
  expect(halfOf(WHOLE, [32_768, 32_770, 32_774])).toEqual({ halvings: 1, bits: 1 })
  expect(halfOf(WHOLE, [32_768, 32_772, 32_770])).toEqual({ halvings: 1, bits: 0 })
  expect(halfOf(WHOLE, [32_770])).toBeUndefined()
  expect(halfOf(WHOLE, [])).toBeUndefined()
})

/** Looks once a second at traffic that loses `lossOf`, and returns each change. */
function changes(seconds: number, lossOf: (share: number, second: number) => number): string[] {
  const control = new ShareControl()
  const found: string[] = []
  let share = 1
  let bytes = 0
  let lostBytes = 0
  for (let second = 0; second < seconds; second += 1) {
    const loss = lossOf(share, second)
    bytes += 10e6 * (1 - loss)
    lostBytes += 10e6 * loss
    const change = control.look(second * 1_000, { bytes, lostBytes }, share < 1)
    if (change === 'halve') share /= 2
    if (change === 'double') share *= 2
    if (change !== 'stay') found.push(`${second} ${change} ${share}`)
  }
  return found
}

test('a heavy loss halves every few seconds, a light one never', () => {
  expect(changes(18, () => 0.2)).toEqual(['5 halve 0.5', '11 halve 0.25', '17 halve 0.125'])
  expect(changes(29, () => 0.04)).toEqual([])
  expect(changes(600, (share) => (share === 1 ? 0.04 : 0))).toEqual([])
})

test('where a doubling is too much at once, the next one waits twice as long', () => {
  const found = changes(400, (share) => (share > 0.5 ? 0.2 : 0))
  expect(found).toEqual([
    ...['5 halve 0.5', '35 double 1', '41 halve 0.5', '101 double 1', '107 halve 0.5', '227 double 1'],
    '233 halve 0.5',
  ])
})
