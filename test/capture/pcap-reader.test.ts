import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PcapReader } from '../../src/capture/pcap-reader.ts'
import { pcap, pcapng, type RecordedPacket } from './packets.ts'

function read(file: Buffer, chunkBytes = file.length) {
  const packets: { readonly epochMs: number; readonly text: string; readonly linkType: number }[] = []
  let lost = 0
  const reader = new PcapReader({
    packet: (linkType, epochMs, bytes, start, end) =>
      void packets.push({ linkType, epochMs, text: bytes.toString('latin1', start, end) }),
    lost: (count) => void (lost += count),
  })
  let fault
  for (let at = 0; at < file.length && fault === undefined; at += chunkBytes)
    fault = reader.push(Buffer.from(file.subarray(at, at + chunkBytes)))
  return { packets, lost, fault: fault ?? reader.end() }
}

const PACKETS: readonly RecordedPacket[] = [
  { epochMs: 1_772_000_000_123, bytes: Buffer.from('first') },
  { epochMs: 1_772_000_000_124, bytes: Buffer.from('') },
  { epochMs: 1_772_000_001_999, bytes: Buffer.from('third packet') },
]
const TEXTS = PACKETS.map(({ bytes }) => bytes.toString())

describe.each([
  ['pcap', pcap(PACKETS)],
  ['pcap, nanoseconds', pcap(PACKETS, { isNanoseconds: true })],
  ['pcap, other byte order', pcap(PACKETS, { isBigEndian: true })],
  ['pcap, other byte order, nanoseconds', pcap(PACKETS, { isBigEndian: true, isNanoseconds: true })],
  ['pcapng', pcapng(PACKETS)],
  ['pcapng, nanoseconds', pcapng(PACKETS, { resolution: 9 })],
])('%s', (_, file) => {
  test('gives every packet with its time, however the chunks are cut', () => {
    for (const chunkBytes of [1, 7, 16, file.length]) {
      const { packets, fault } = read(file, chunkBytes)
      expect(fault).toBeUndefined()
      expect(packets.map(({ text }) => text)).toEqual(TEXTS)
      packets.forEach(({ epochMs }, index) => expect(epochMs).toBeCloseTo(PACKETS[index]?.epochMs ?? 0, 2))
    }
  })

  test('says where it was cut off, and keeps what came before', () => {
    const { packets, fault } = read(file.subarray(0, file.length - 3))
    expect(packets).toHaveLength(2)
    expect(fault?.problem).toMatch(/cut off/)
    expect(fault?.offset).toBeGreaterThan(0)
  })

  test('no change of its bytes makes it throw or take long', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
        const broken = Buffer.from(file)
        for (const [at, value] of changes) broken[at] = value
        expect(() => read(broken, 11)).not.toThrow()
      }),
    )
  })
})

test.each([
  ['an empty stream', Buffer.alloc(0), /empty/],
  ['three bytes', Buffer.from([1, 2, 3]), /too short/],
  ['a text', Buffer.from('{"features": [1]}'), /not a recording of packets: begins with the bytes 7b226665/],
  ['a modified pcap', Buffer.from('34cdb2a1', 'hex'), /Kuznetzov/],
])('%s is refused by name', (_, file, problem) => {
  expect(read(file).fault?.problem).toMatch(problem)
})

test('a packet of 100 GB takes no memory', () => {
  const file = pcap(PACKETS)
  file.writeUInt32LE(0xffffffff, 24 + 8)
  const { fault, packets } = read(file)
  expect(fault).toMatchObject({ offset: 24, problem: expect.stringMatching(/4294967295 bytes/) as string })
  expect(packets).toHaveLength(0)
})

test('blocks that are not needed are skipped without being held', () => {
  const file = pcapng(PACKETS)
  const head = Buffer.alloc(8)
  head.writeUInt32LE(0x0bad, 0)
  head.writeUInt32LE(3_000_000_000, 4)
  const { fault, packets } = read(Buffer.concat([file, head, Buffer.alloc(5_000)]), 997)
  expect(packets).toHaveLength(3)
  expect(fault?.problem).toMatch(/cut off/)
})
