/** What a flow holds: small buffers at rest, large ones for a bounded number of flows, one chunk that waits. */
import type { Socket } from 'node:net'
import { PassThrough, Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { ConnectionTable } from '../../src/ring/connection-table.ts'
import { ControlBlock } from '../../src/ring/control.ts'
import { DIRECTION } from '../../src/ring/frame.ts'
import { createTapMemory } from '../../src/ring/memory.ts'
import { RingWriter } from '../../src/ring/writer.ts'
import { Flow, LargeReads, type Tap } from '../../src/splice/flow.ts'

function tapOf(largeReads: LargeReads): Tap {
  const memory = createTapMemory({ ringBytes: 1024 * 1024, maxConnections: 8 })
  return {
    writer: new RingWriter(memory),
    table: new ConnectionTable(memory),
    control: new ControlBlock(memory),
    clock: systemClock,
    largeReads,
  }
}

/** A target that takes what it gets when `take` is called, as a peer does that reads now and then. */
class SlowTarget extends Writable {
  readonly #waiting: (() => void)[] = []

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    this.#waiting.push(done)
  }

  take(): void {
    this.#waiting.shift()?.()
  }
}

interface Line {
  readonly flow: Flow
  /** Reads into the buffer that the flow offers, in full if not told; its size and whether the source may go on. */
  readonly fill: (bytes?: number) => { size: number; goOn: boolean }
  readonly source: PassThrough
}

function line(tap: Tap, id: number, target: Writable): Line {
  const flow = new Flow(tap, id, DIRECTION.TO_CLIENT)
  const source = new PassThrough()
  flow.join(source as unknown as Socket, target as unknown as Socket)
  const { buffer, callback } = flow.onread as {
    buffer: () => Buffer
    callback: (n: number, b: Buffer) => boolean
  }
  const fill: Line['fill'] = (bytes) => {
    const offered = buffer()
    return { size: offered.length, goOn: callback(bytes ?? offered.length, offered) }
  }
  return { flow, fill, source }
}

const swift = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() })

describe('the size of reads', () => {
  test('grows while reads are full', () => {
    const { fill } = line(tapOf(new LargeReads()), 1, swift())
    expect([fill().size, fill().size, fill().size, fill().size]).toEqual([1024, 8192, 65_536, 65_536])
  })

  test('stays below the largest while as many others have it, and grows when one of them ends', () => {
    const tap = tapOf(new LargeReads(1))
    const first = line(tap, 1, swift())
    const second = line(tap, 2, swift())
    for (let i = 0; i < 3; i += 1) first.fill()
    for (let i = 0; i < 3; i += 1) second.fill()
    expect(first.fill().size).toBe(65_536)
    expect(second.fill().size).toBe(8192)
    first.flow.close()
    second.fill()
    expect(second.fill().size).toBe(65_536)
  })

  test('is given back by a flow whose reads have become small', () => {
    const tap = tapOf(new LargeReads(1))
    const first = line(tap, 1, swift())
    const second = line(tap, 2, swift())
    for (let i = 0; i < 3; i += 1) first.fill()
    for (let i = 0; i < 64; i += 1) first.fill(10)
    for (let i = 0; i < 3; i += 1) second.fill()
    expect(second.fill().size).toBe(65_536)
  })
})

test('a source waits from the first chunk that its target does not take, until all of it is taken', async () => {
  const target = new SlowTarget()
  const { fill, source } = line(tapOf(new LargeReads()), 1, target)
  source.pause()
  expect(fill().goOn).toBe(false)
  expect(target.writableLength).toBe(1024)
  expect(source.isPaused()).toBe(true)
  target.take()
  target.take()
  await new Promise((next) => setImmediate(next))
  expect(source.isPaused()).toBe(false)
})
