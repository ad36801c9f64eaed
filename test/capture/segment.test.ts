import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LINK, PACKET_KINDS, Segment } from '../../src/capture/segment.ts'
import { type Framing, linkTypeOf, packet } from './packets.ts'

const CLIENT = { address: '10.1.2.3', port: 40_001 }
const SERVER = { address: '10.1.2.4', port: 8080 }

const framing: fc.Arbitrary<Framing> = fc.record({
  link: fc.constantFrom('ethernet', 'sll', 'sll2', 'raw', 'null'),
  version: fc.constantFrom(4 as const, 6 as const),
  padding: fc.nat(8),
})

test('a segment is found under every link header, with its payload and nothing behind it', () => {
  fc.assert(
    fc.property(
      framing,
      fc.array(fc.nat(4_094), { maxLength: 2 }),
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(10),
      (made, tags, payload, options) => {
        const vlans = made.link === 'raw' || made.link === 'null' ? [] : tags
        const spec = { from: CLIENT, to: SERVER, sequence: 4_000_000_000, payload, optionBytes: options * 4 }
        const bytes = Buffer.concat([Buffer.from('before'), packet(spec, { ...made, vlans })])
        const segment = new Segment()
        expect(segment.read(linkTypeOf(made.link), bytes, 6, bytes.length)).toBe('segment')
        expect(segment).toMatchObject({ sourcePort: 40_001, destinationPort: 8080, sequence: 4_000_000_000 })
        expect(bytes.subarray(segment.payloadStart, segment.payloadEnd)).toEqual(Buffer.from(payload))
        expect(segment.missing).toBe(0)
      },
    ),
  )
})

test('a length of 0 in the IP header is what the network card segments later', () => {
  const bytes = packet(
    { from: CLIENT, to: SERVER, sequence: 1, payload: Buffer.alloc(70_000, 7) },
    { isLengthZero: true },
  )
  const segment = new Segment()
  expect(segment.read(LINK.ETHERNET, bytes, 0, bytes.length)).toBe('segment')
  expect(segment.payloadEnd - segment.payloadStart).toBe(70_000)
})

test('a packet that was cut by the snapshot length says how much is missing', () => {
  const bytes = packet({ from: CLIENT, to: SERVER, sequence: 1, payload: Buffer.alloc(100) })
  const segment = new Segment()
  expect(segment.read(LINK.ETHERNET, bytes, 0, bytes.length - 30)).toBe('segment')
  expect(segment.missing).toBe(30)
})

test('fragments are no segments, an atomic one of IPv6 is', () => {
  const fragment = packet({ from: CLIENT, to: SERVER, sequence: 1 })
  fragment.writeUInt16BE(0x2000, 14 + 6)
  expect(new Segment().read(LINK.ETHERNET, fragment, 0, fragment.length)).toBe('fragment')
})

test('no bytes make it throw or read beyond the packet', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 120 }),
      fc.constantFrom(...Object.values(LINK), 999),
      (noise, link) => {
        const bytes = Buffer.from(noise)
        const segment = new Segment()
        const kind = segment.read(link, bytes, 0, bytes.length)
        expect(PACKET_KINDS).toContain(kind)
        if (kind === 'segment') expect(segment.payloadEnd).toBeLessThanOrEqual(bytes.length)
      },
    ),
  )
})
