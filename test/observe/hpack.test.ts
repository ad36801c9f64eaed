/** Our HPACK decoder against the examples of RFC 7541 and against nghttp2, which is inside `node:http2`. */
import { once } from 'node:events'
import { createServer, type Http2Server } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fields, HPACK_RESULT, HpackState } from '../../src/observe/hpack.ts'
import { FLAG, frame, PREFACE, settings, TYPE } from './http2-frames.ts'

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex')

/** The decoded fields as lines; or which result it was. */
function decode(state: HpackState, block: Buffer): string[] | 'broken' | 'too large' {
  const fields: Fields = []
  const result = state.decode(block, fields)
  if (result === HPACK_RESULT.BROKEN) return 'broken'
  if (result === HPACK_RESULT.LIST_TOO_LARGE) return 'too large'
  return Array.from({ length: fields.length / 2 }, (_, i) => `${fields[2 * i]}: ${fields[2 * i + 1]}`)
}

const newState = (): HpackState => new HpackState(65_536)

const FIRST = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com']
const DATE = 'date: Mon, 21 Oct 2013 20:13:21 GMT'
const COOKIE = 'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'
const REQUESTS = [
  FIRST,
  [...FIRST, 'cache-control: no-cache'],
  [':method: GET', ':scheme: https', ':path: /index.html', FIRST[3], 'custom-key: custom-value'],
]
const RESPONSES = [
  [':status: 302', 'cache-control: private', DATE, 'location: https://www.example.com'],
  [':status: 307', 'cache-control: private', DATE, 'location: https://www.example.com'],
  [
    ...[':status: 200', 'cache-control: private', DATE.replace(':21 G', ':22 G')],
    ...['location: https://www.example.com', 'content-encoding: gzip', COOKIE],
  ],
]

/** RFC 7541, appendix C. */
const EXAMPLES: readonly { section: string; table?: number; blocks: Buffer[]; lists: unknown[] }[] = [
  {
    section: 'C.2.1',
    blocks: [hex('400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572')],
    lists: [['custom-key: custom-header']],
  },
  { section: 'C.2.2', blocks: [hex('040c 2f73 616d 706c 652f 7061 7468')], lists: [[':path: /sample/path']] },
  {
    section: 'C.2.3',
    blocks: [hex('1008 7061 7373 776f 7264 0673 6563 7265 74')],
    lists: [['password: secret']],
  },
  { section: 'C.2.4', blocks: [hex('82')], lists: [[':method: GET']] },
  {
    section: 'C.3',
    blocks: [
      hex('8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d'),
      hex('8286 84be 5808 6e6f 2d63 6163 6865'),
      hex('8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65'),
    ],
    lists: REQUESTS,
  },
  {
    section: 'C.4',
    blocks: [
      hex('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff'),
      hex('8286 84be 5886 a8eb 1064 9cbf'),
      hex('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf'),
    ],
    lists: REQUESTS,
  },
  {
    section: 'C.5',
    table: 256,
    blocks: [
      hex(`4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32
        3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`),
      hex('4803 3330 37c1 c0bf'),
      hex(`88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970
        7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61
        6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`),
    ],
    lists: RESPONSES,
  },
  {
    section: 'C.6',
    table: 256,
    blocks: [
      hex(`4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad
        1718 63c7 8f0b 97c8 e9ae 82ae 43d3`),
      hex('4883 640e ffc1 c0bf'),
      hex(`88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2
        e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`),
    ],
    lists: RESPONSES,
  },
]

test.each(EXAMPLES)('RFC 7541, $section', ({ table, blocks, lists }) => {
  const state = newState()
  // The examples begin with a table of that size; here a block says so: 001, five ones, 256 - 31 in seven bits each.
  if (table !== undefined) expect(decode(state, hex('3fe1 01'))).toEqual([])
  expect(blocks.map((block) => decode(state, block))).toEqual(lists)
})

describe('what no encoder may send is broken', () => {
  const cases: Record<string, string> = {
    'index 0': '80',
    'an index behind the tables': 'be',
    'a named field whose index is behind the tables': '7f00 0141',
    'a table larger than permitted': '3fe2 1f',
    'a change of the table size behind a field': '8220',
    'an integer without an end': 'ffff ffff ffff ffff ffff',
    'an integer of zeros without an end': 'ff80 8080 8080 8080 80',
    'an integer that is cut off': 'ff',
    'a string that is cut off': '4003 6162',
    'a missing value': '4001 61',
    'a name that is missing': '40',
    'Huffman padding of eight bits': '4001 6182 1fff',
    'Huffman padding that is not ones': '4001 6181 18',
    'the end-of-string symbol': '4001 6184 ffff ffff',
  }
  test.each(Object.entries(cases))('%s', (_, block) => {
    expect(decode(newState(), hex(block))).toBe('broken')
  })
})

test('a list beyond the limit is cut, and the tables stay right', () => {
  const state = new HpackState(100)
  const long = 'x'.repeat(90)
  const block = Buffer.concat([hex('4001 61'), Buffer.from([long.length]), Buffer.from(long)])
  expect(decode(state, block)).toBe('too large')
  expect(decode(new HpackState(65_536), block)).toEqual([`a: ${long}`])
  expect(decode(state, hex('82'))).toEqual([':method: GET'])
})

test('whatever the bytes are, it answers, and its table stays within its limit', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (blocks) => {
      const state = newState()
      for (const block of blocks) {
        const fields: Fields = []
        state.decode(Buffer.from(block), fields)
        expect(fields.length % 2).toBe(0)
      }
    }),
    { numRuns: 2000 },
  )
})

describe('nghttp2 as judge', () => {
  const COMPRESSION_ERROR = 9
  let server: Http2Server
  /** Of the streams that the server got, as lines. */
  let seen: string[][] = []

  beforeAll(async () => {
    server = createServer()
    server.on('sessionError', () => undefined)
    server.on('stream', (stream, _headers, _flags, raw: unknown) => {
      const list = raw as string[]
      seen.push(Array.from({ length: list.length / 2 }, (_, i) => `${list[2 * i]}: ${list[2 * i + 1]}`))
      stream.on('error', () => undefined)
      stream.close()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => void server.close())

  /** Sends blocks as requests on one connection; whether nghttp2 could decompress all of them. */
  async function judge(blocks: readonly Buffer[]): Promise<boolean> {
    seen = []
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(Buffer.concat([Buffer.from(PREFACE, 'latin1'), settings()]))
    blocks.forEach((block, index) => {
      socket.write(frame(TYPE.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, 2 * index + 1, block))
    })
    socket.write(frame(TYPE.PING, 0, 0, '12345678'))
    let bytes = Buffer.alloc(0)
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        bytes = Buffer.concat([bytes, chunk])
        for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
          const isWhole = at + 9 + bytes.readUIntBE(at, 3) <= bytes.length
          if (!isWhole) break
          if (bytes[at + 3] === TYPE.GOAWAY) return bytes.readUInt32BE(at + 13) !== COMPRESSION_ERROR
          if (bytes[at + 3] === TYPE.PING && bytes[at + 4] === 1) return true
        }
      }
    } finally {
      socket.destroy()
    }
    throw new Error('neither an answer to the ping nor the end of the connection')
  }

  /** Requests that a server passes on: their fields can be compared. */
  const whole = EXAMPLES.filter(({ lists }) => lists === REQUESTS)

  test.each(whole)('gets the same fields from $section', async ({ blocks }) => {
    const state = newState()
    const ours = blocks.map((block) => decode(state, block))
    expect(await judge(blocks)).toBe(true)
    expect(seen).toEqual(ours)
  })

  const inputs = Math.max(300, Math.min(20_000, Number(process.env['MODELTAP_FUZZ_INPUTS'] ?? 0) / 50))
  test(`agrees about ${inputs} mutated blocks`, async () => {
    const mutations = fc.array(
      fc.tuple(
        fc.constantFrom('flip', 'cut', 'insert', 'repeat'),
        fc.nat(200),
        fc.integer({ min: 1, max: 255 }),
      ),
      { minLength: 1, maxLength: 3 },
    )
    let accepted = 0
    let refused = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...EXAMPLES),
        fc.nat(2),
        mutations,
        async (example, which, changes) => {
          const blocks = example.blocks.slice(0, which + 1)
          const last = changes.reduce(
            (block, [kind, place, byte]) => {
              const at = place % Math.max(1, block.length)
              const [before, behind] = [block.subarray(0, at), block.subarray(at)]
              if (kind === 'cut') return Buffer.from(before)
              if (kind === 'insert') return Buffer.concat([before, Buffer.from([byte]), behind])
              if (kind === 'repeat') return Buffer.concat([block, behind])
              const flipped = Buffer.from(block)
              if (flipped.length > 0) flipped[at] = (flipped[at] as number) ^ byte
              return flipped
            },
            blocks.at(-1) as Buffer,
          )
          const sequence = [...blocks.slice(0, -1), last]
          const state = newState()
          const isOurs = sequence.every((block) => decode(state, block) !== 'broken')
          expect(await judge(sequence), sequence.map((block) => block.toString('hex')).join(' ')).toBe(isOurs)
          if (isOurs) accepted += 1
          else refused += 1
        },
      ),
      { numRuns: inputs },
    )
    // Both answers are among them, or the comparison would say nothing.
    expect(Math.min(accepted, refused)).toBeGreaterThan(inputs / 20)
  }, 600_000)
})
