/** Which bytes an application reads, as measured on Linux 6.18, and that no order of segments changes them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newCaptureCounts } from '../../src/capture/capture-counts.ts'
import { Stream } from '../../src/capture/stream.ts'

function collect(start = 0) {
  const counts = newCaptureCounts()
  const stream = new Stream(counts)
  const chunks: { readonly offset: number; readonly text: string; readonly timeMs: number }[] = []
  stream.begin(start, 0)
  let timeMs = 0
  const sink = {
    bytes: (offset: number, at: number, source: Uint8Array, from: number, to: number) =>
      void chunks.push({
        offset,
        timeMs: at,
        text: Buffer.from(source.subarray(from, to)).toString('latin1'),
      }),
  }
  return {
    counts,
    stream,
    chunks,
    sink,
    send(sequence: number, text: string) {
      const bytes = Buffer.from(`##${text}##`, 'latin1')
      stream.data((start + sequence) >>> 0, (timeMs += 1), bytes, 2, bytes.length - 2, sink)
    },
    get text() {
      return chunks.map(({ text }) => text).join('')
    },
  }
}

describe('which copy wins', () => {
  test.each<[string, (readonly [number, string])[], string]>([
    [
      'delivered bytes stay; only the new tail counts',
      [
        [0, 'abcd'],
        [2, 'XYef'],
      ],
      'abcdef',
    ],
    [
      'a segment in order wins over early data',
      [
        [4, 'EFGH'],
        [0, 'abcdef'],
      ],
      'abcdefGH',
    ],
    [
      'an exact copy of early data is dropped',
      [
        [2, 'CD'],
        [2, 'xx'],
        [0, 'ab'],
      ],
      'abCD',
    ],
    [
      'what lies inside of early data is dropped',
      [
        [2, 'CDEF'],
        [3, 'xx'],
        [0, 'ab'],
      ],
      'abCDEF',
    ],
    [
      'the same start and longer wins',
      [
        [2, 'CD'],
        [2, 'xyz'],
        [0, 'ab'],
      ],
      'abxyz',
    ],
    [
      'an earlier start that covers wins',
      [
        [3, 'DE'],
        [2, 'wxyz'],
        [0, 'ab'],
      ],
      'abwxyz',
    ],
    [
      'an earlier start that overlaps wins its range',
      [
        [4, 'EFG'],
        [2, 'wxy'],
        [0, 'ab'],
      ],
      'abwxyFG',
    ],
    [
      'a later start keeps its tail only',
      [
        [2, 'CDE'],
        [4, 'xyz'],
        [0, 'ab'],
      ],
      'abCDEyz',
    ],
    [
      'a keep-alive probe is nothing',
      [
        [0, 'ab'],
        [1, 'x'],
        [2, 'cd'],
      ],
      'abcd',
    ],
  ])('%s', (_, segments, expected) => {
    const collected = collect(4_294_967_290)
    for (const [sequence, text] of segments) collected.send(sequence, text)
    expect(collected.text).toBe(expected)
  })
})

test('early bytes come with the time at which the hole was filled', () => {
  const collected = collect()
  collected.send(2, 'cd')
  collected.send(0, 'ab')
  expect(collected.chunks).toEqual([
    { offset: 0, text: 'ab', timeMs: 2 },
    { offset: 2, text: 'cd', timeMs: 2 },
  ])
})

test('a confirmed hole is a jump of the offset', () => {
  const collected = collect()
  collected.send(0, 'ab')
  collected.send(5, 'fg')
  expect(collected.stream.isBehind(5)).toBe(true)
  collected.stream.acknowledge(5, 9, collected.sink)
  expect(collected.chunks.at(-1)).toEqual({ offset: 5, text: 'fg', timeMs: 9 })
  expect(collected.counts).toMatchObject({ gaps: 1, lostBytes: 3 })
})

test('a hole that nobody fills is given up when too much waits behind it', () => {
  const collected = collect()
  for (let index = 0; index < 66; index += 1) collected.send(10 + index * 2, 'x')
  expect(collected.counts.gaps).toBeGreaterThan(0)
  expect(collected.stream.earlyBytes).toBeLessThan(66)
})

const text = fc.string({ minLength: 1, maxLength: 300, unit: fc.constantFrom(...'abcdefghij') })

test('whatever the cuts, the order and the repetitions, the bytes come once and in order', () => {
  fc.assert(
    fc.property(
      text,
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.array(fc.tuple(fc.nat(299), fc.integer({ min: 1, max: 60 })), { maxLength: 40 }),
      fc.infiniteStream(fc.nat(1_000)),
      (whole, start, repeats, picks) => {
        const collected = collect(start)
        const pieces: (readonly [number, string])[] = []
        for (let at = 0; at < whole.length;) {
          const length = 1 + ((picks.next().value as number) % 40)
          pieces.push([at, whole.slice(at, at + length)])
          at += length
        }
        for (const [at, length] of repeats)
          if (at < whole.length) pieces.push([at, whole.slice(at, at + length)])
        while (pieces.length > 0) {
          const [piece] = pieces.splice((picks.next().value as number) % pieces.length, 1)
          if (piece !== undefined) collected.send(...piece)
        }
        expect(collected.counts.gaps === 0 ? collected.text : whole).toBe(whole)
        let next = 0
        for (const chunk of collected.chunks) {
          expect(chunk.offset).toBeGreaterThanOrEqual(next)
          expect(chunk.text).toBe(whole.slice(chunk.offset, chunk.offset + chunk.text.length))
          next = chunk.offset + chunk.text.length
        }
      },
    ),
  )
})
