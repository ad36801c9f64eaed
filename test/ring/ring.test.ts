import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { ControlBlock } from '../../src/ring/control.ts'
import { DIRECTION, type Direction, FRAME, type FrameKind, type FrameSink } from '../../src/ring/frame.ts'
import { createTapMemory, MIN_RING_BYTES, type TapMemory } from '../../src/ring/memory.ts'
import { RingReader } from '../../src/ring/reader.ts'
import { NO_DIRECTION, RingWriter } from '../../src/ring/writer.ts'

interface Seen {
  readonly kind: FrameKind
  readonly connection: number
  readonly direction: Direction
  readonly offset: number
  readonly timeMs: number
  readonly bytes: string
}

class Recorder implements FrameSink {
  readonly frames: Seen[] = []

  frame(
    kind: FrameKind,
    connection: number,
    direction: Direction,
    offset: number,
    timeMs: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const text = Buffer.from(bytes.slice(start, end)).toString('latin1')
    this.frames.push({ kind, connection, direction, offset, timeMs, bytes: text })
  }
}

/** `overflowBytes`: of a larger ring, without the megabytes that it shares. */
function fixture(
  ringBytes = MIN_RING_BYTES,
  overflowBytes?: number,
): {
  memory: TapMemory
  writer: RingWriter
  reader: RingReader
  control: ControlBlock
} {
  const created = createTapMemory({ ringBytes, maxConnections: 16 })
  const memory = { ...created, overflowBytes: overflowBytes ?? created.overflowBytes }
  return {
    memory,
    writer: new RingWriter(memory),
    reader: new RingReader(memory),
    control: new ControlBlock(memory),
  }
}

const drainAll = (reader: RingReader): Seen[] => {
  const recorder = new Recorder()
  while (reader.drain(recorder, 1000) > 0);
  return recorder.frames
}

describe('frames', () => {
  test('arrive with all their fields, in order', () => {
    const { writer, reader } = fixture()
    const bytes = Buffer.from('..hello..')
    writer.lifecycle(FRAME.OPEN, 4_294_967_295, NO_DIRECTION, 0, 1.25)
    writer.data(4_294_967_295, DIRECTION.TO_CLIENT, 2 ** 40 + 1, 1_700_000_000_000.125, bytes, 2, 7)
    writer.lifecycle(FRAME.CLOSE, 4_294_967_295, NO_DIRECTION, 0, 3)
    expect(drainAll(reader)).toEqual([
      { kind: FRAME.OPEN, connection: 4_294_967_295, direction: 0, offset: 0, timeMs: 1.25, bytes: '' },
      {
        kind: FRAME.DATA,
        connection: 4_294_967_295,
        direction: 1,
        offset: 2 ** 40 + 1,
        timeMs: 1_700_000_000_000.125,
        bytes: 'hello',
      },
      { kind: FRAME.CLOSE, connection: 4_294_967_295, direction: 0, offset: 0, timeMs: 3, bytes: '' },
    ])
    expect(reader.usedBytes()).toBe(0)
  })

  test.each(Object.entries(FRAME))('of kind %s arrive, and once', (_, kind) => {
    const { writer, reader } = fixture()
    for (const direction of [DIRECTION.TO_SERVER, DIRECTION.TO_CLIENT]) {
      if (kind === FRAME.DATA) writer.data(3, direction, 0, 1, Buffer.alloc(0), 0, 0)
      else writer.lifecycle(kind, 3, direction, 0, 1)
    }
    const recorder = new Recorder()
    expect(reader.drain(recorder, 10)).toBe(2)
    expect(recorder.frames.map((frame) => [frame.kind, frame.direction])).toEqual([
      [kind, DIRECTION.TO_SERVER],
      [kind, DIRECTION.TO_CLIENT],
    ])
  })

  test('are drained at most as many as asked for', () => {
    const { writer, reader } = fixture()
    for (let i = 0; i < 5; i += 1) writer.lifecycle(FRAME.OPEN, i + 1, NO_DIRECTION, 0, i)
    const recorder = new Recorder()
    expect(reader.drain(recorder, 3)).toBe(3)
    expect(reader.drain(recorder, 3)).toBe(2)
    expect(recorder.frames.map(({ connection }) => connection)).toEqual([1, 2, 3, 4, 5])
  })

  test('a frame whose handling throws is handed over once', () => {
    const { writer, reader } = fixture()
    writer.lifecycle(FRAME.OPEN, 1, NO_DIRECTION, 0, 0)
    writer.lifecycle(FRAME.OPEN, 2, NO_DIRECTION, 0, 0)
    const poison: FrameSink = {
      frame: () => {
        throw new Error('poison')
      },
    }
    expect(() => reader.drain(poison, 10)).toThrow('poison')
    expect(drainAll(reader).map(({ connection }) => connection)).toEqual([2])
  })
})

/** What goes in comes out, whatever the sizes, and whenever the reader looks: a model of the ring is an array. */
test.each([
  ['without overflow', 0],
  ['with an overflow', 192 * 1024],
])(
  'any interleaving, %s: nothing altered, lost only what was counted, no life-cycle frame lost',
  (_name, overflowBytes) => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('data' as const), length: fc.nat(40_000) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('data' as const), length: fc.nat(100) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('end' as const) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('drain' as const), frames: fc.nat(6) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
    )
    const runs = Number(process.env['RING_RUNS'] ?? 200)
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { memory, writer, control, ...rest } = fixture(MIN_RING_BYTES, overflowBytes)
        let reader = rest.reader
        const source = Buffer.alloc(40_000)
        const sent: { kind: FrameKind; offset: number; length: number }[] = []
        const recorder = new Recorder()
        let offset = 0
        writer.lifecycle(FRAME.OPEN, 1, NO_DIRECTION, 0, 0)
        for (const [index, now] of steps.entries()) {
          if (now.do === 'data') {
            source.fill(index & 0xff, 0, now.length)
            const before = control.droppedBytes
            writer.data(1, DIRECTION.TO_SERVER, offset, index, source, 0, now.length)
            if (control.droppedBytes === before) sent.push({ kind: FRAME.DATA, offset, length: now.length })
            offset += now.length
          } else if (now.do === 'end') {
            writer.lifecycle(FRAME.END, 1, DIRECTION.TO_SERVER, offset, index)
            sent.push({ kind: FRAME.END, offset, length: 0 })
          } else if (now.do === 'drain') {
            reader.drain(recorder, now.frames)
          } else {
            reader = new RingReader(memory)
          }
          expect(reader.usedBytes()).toBeLessThan(reader.capacity)
        }
        while (reader.drain(recorder, 1000) > 0 || control.overflowBytes > 0 || writer.owedConnections > 0)
          writer.settle()
        const [open, ...others] = recorder.frames
        expect(open?.kind).toBe(FRAME.OPEN)
        expect(
          others.map(({ kind, offset: at, bytes }) => ({ kind, offset: at, length: bytes.length })),
        ).toEqual(sent)
        for (const { kind, timeMs, bytes } of others) {
          if (kind === FRAME.DATA) expect(bytes).toBe(String.fromCharCode(timeMs & 0xff).repeat(bytes.length))
        }
        expect(control.tapBytes + control.droppedBytes).toBe(offset)
      }),
      { numRuns: runs },
    )
  },
)

describe('a full ring', () => {
  const fill = (writer: RingWriter, control: ControlBlock): void => {
    const chunk = Buffer.alloc(16_384)
    for (let offset = 0; control.droppedBytes === 0; offset += chunk.length) {
      writer.data(1, DIRECTION.TO_SERVER, offset, 0, chunk, 0, chunk.length)
    }
  }

  test('drops bytes and counts them, and takes bytes again after a drain', () => {
    const { writer, reader, control } = fixture()
    fill(writer, control)
    expect(control.droppedBytes).toBe(16_384)
    drainAll(reader)
    writer.data(1, DIRECTION.TO_SERVER, 1e6, 0, Buffer.from('again'), 0, 5)
    expect(drainAll(reader).map(({ bytes }) => bytes)).toEqual(['again'])
  })

  test('owes life-cycle frames and writes them, in order, when there is room', () => {
    const { writer, reader, control } = fixture()
    fill(writer, control)
    let known = 0
    while (writer.owedConnections === 0) writer.lifecycle(FRAME.OPEN, (known += 1), NO_DIRECTION, 0, 0)
    // The last of them is owed already; its bytes cannot come before its OPEN, and are dropped.
    writer.data(known, DIRECTION.TO_SERVER, 0, 0, Buffer.from('lost'), 0, 4)
    writer.lifecycle(FRAME.END, known, DIRECTION.TO_SERVER, 4, 0)
    writer.lifecycle(FRAME.CLOSE, known - 1, NO_DIRECTION, 0, 0)
    const early = drainAll(reader).filter(({ kind }) => kind !== FRAME.DATA)
    expect(early).toHaveLength(known - 1)
    writer.settle()
    expect(writer.owedConnections).toBe(0)
    expect(drainAll(reader).map(({ kind, connection, offset }) => ({ kind, connection, offset }))).toEqual([
      { kind: FRAME.OPEN, connection: known, offset: 0 },
      { kind: FRAME.END, connection: known, offset: 4 },
      { kind: FRAME.CLOSE, connection: known - 1, offset: 0 },
    ])
  })

  test('forgets and counts a connection that came and went unseen, so that what is owed stays bounded', () => {
    const { writer, reader, control } = fixture()
    fill(writer, control)
    for (let id = 1; id < 50_000; id += 1) {
      writer.lifecycle(FRAME.OPEN, id, NO_DIRECTION, 0, 0)
      if (writer.owedConnections > 0) writer.lifecycle(FRAME.CLOSE, id, NO_DIRECTION, 0, 0)
    }
    expect(writer.owedConnections).toBe(0)
    expect(control.unseenConnections).toBeGreaterThan(40_000)
    drainAll(reader)
    writer.settle()
    expect(drainAll(reader)).toEqual([])
  })
})

describe('an overflow', () => {
  const chunk = Buffer.alloc(16_384, 7)
  const write = (writer: RingWriter, frames: number): void => {
    for (let i = 0; i < frames; i += 1) writer.data(1, DIRECTION.TO_SERVER, i, i, chunk, 0, chunk.length)
  }

  test('takes what finds no room, up to `ringBytes` in all, and counts as backlog', () => {
    const { writer, reader, control } = fixture(16 * 1024 * 1024)
    write(writer, 1000)
    expect(control.droppedBytes).toBe(0)
    expect(control.overflowBytes).toBeGreaterThan(13 * 1024 * 1024)
    expect(reader.usedBytes() / reader.capacity).toBeCloseTo((1000 * 16_408) / (16 * 1024 * 1024), 2)
    write(writer, 100)
    expect(control.droppedBytes).toBeGreaterThan(chunk.length)
    expect(control.tapBytes + control.droppedBytes).toBe(1100 * chunk.length)
  })

  test('follows in order as the reader makes room, also when nothing more is written', async () => {
    const { writer, reader, control } = fixture(MIN_RING_BYTES, 4 * 1024 * 1024)
    write(writer, 200)
    writer.lifecycle(FRAME.CLOSE, 1, NO_DIRECTION, 0, 0)
    const recorder = new Recorder()
    await vi.waitFor(() => {
      while (reader.drain(recorder, 1000) > 0);
      expect(recorder.frames.at(-1)?.kind).toBe(FRAME.CLOSE)
    })
    expect(recorder.frames.slice(0, -1).map(({ offset }) => offset)).toEqual([...Array(200).keys()])
    expect(
      recorder.frames.every(({ kind, bytes }) => kind === FRAME.CLOSE || bytes === chunk.toString()),
    ).toBe(true)
    expect(control.overflowBytes).toBe(0)
    expect(reader.usedBytes()).toBe(0)
  })

  test('gives its memory back when it has been read, without a garbage collection', () => {
    const MIB = 1024 * 1024
    const { writer, reader, control } = fixture(128 * MIB)
    const before = process.memoryUsage.rss()
    write(writer, 7500)
    const full = process.memoryUsage.rss()
    expect(full - before).toBeGreaterThan(100 * MIB)
    const nothing: FrameSink = { frame: () => undefined }
    while (reader.drain(nothing, 1000) > 0 || control.overflowBytes > 0) writer.settle()
    expect(full - process.memoryUsage.rss()).toBeGreaterThan(100 * MIB)
  })
})

test('an emptied ring is used from its start again, so little of it is ever touched', () => {
  const { memory, writer, reader } = fixture(16 * 1024 * 1024)
  const chunk = Buffer.alloc(10_000, 1)
  for (let i = 0; i < 10_000; i += 1) {
    writer.data(1, DIRECTION.TO_SERVER, i * chunk.length, 0, chunk, 0, chunk.length)
    if (i % 5 === 4) drainAll(reader)
  }
  expect(new Uint8Array(memory.frames).lastIndexOf(1)).toBeLessThan(300_000)
})

test('a ring of impossible size is refused with what is allowed', () => {
  expect(() => createTapMemory({ ringBytes: 1000, maxConnections: 1 })).toThrow(
    'ringBytes is 1000; allowed: 262144 to 1073741824',
  )
})
