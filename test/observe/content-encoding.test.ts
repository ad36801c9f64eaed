import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeContent } from '../../src/observe/content-encoding.ts'

const MAX = 1_000_000
const text = JSON.stringify(Array.from({ length: 2000 }, (_, index) => Math.sin(index)))
const plain = Buffer.from(text)

const encoders: readonly [string, (bytes: Buffer) => Buffer][] = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['GZIP', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
]

describe.each(encoders)('%s', (name, encode) => {
  const encoded = encode(plain)

  test('is undone', () => {
    expect(decodeContent(encoded, name, MAX)).toEqual({ bytes: plain, truncated: false })
  })

  test('an input cut anywhere gives a beginning or a failure, and says so', () => {
    for (let cut = 1; cut < encoded.length; cut += 97) {
      const decoded = decodeContent(encoded.subarray(0, cut), name, MAX)
      if ('failure' in decoded) continue
      expect(decoded.truncated).toBe(true)
      expect(Buffer.from(decoded.bytes).equals(plain.subarray(0, decoded.bytes.length))).toBe(true)
    }
  })

  test('a long body without its last bytes gives its beginning', () => {
    const long = Buffer.concat(Array.from({ length: 40 }, () => plain))
    const cut = encode(long).subarray(0, -20)
    const decoded = decodeContent(cut, name, 10 * MAX)
    expect('bytes' in decoded && decoded.bytes.length).toBeGreaterThan(30_000)
  })

  test('a bomb is refused at the bound', () => {
    const bomb = encode(Buffer.alloc(5_000_000))
    expect(decodeContent(bomb, name, MAX)).toEqual({ failure: 'truncated' })
  })

  test('random bytes are a value, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        const decoded = decodeContent(bytes, name, MAX)
        if ('bytes' in decoded) expect(decoded.bytes.length).toBeLessThanOrEqual(MAX)
      }),
    )
  })
})

test.each([
  ['no field', undefined],
  ['an empty field', ''],
  ['identity', 'identity'],
])('%s leaves the bytes alone', (_, encoding) => {
  expect(decodeContent(plain, encoding, MAX)).toEqual({ bytes: plain, truncated: false })
})

test.each(['gzip', 'deflate', 'br', 'zstd'])(
  'an empty body stays empty, whatever it claims: %s',
  (encoding) => {
    expect(decodeContent(Buffer.alloc(0), encoding, MAX)).toEqual({
      bytes: Buffer.alloc(0),
      truncated: false,
    })
  },
)

test('stacked encodings are undone from the last', () => {
  expect(decodeContent(brotliCompressSync(gzipSync(plain)), 'gzip, identity,br', MAX)).toEqual({
    bytes: plain,
    truncated: false,
  })
})

test.each(['lzma', 'constructor', 'gzip;q=1', 'gzip,gzip,gzip,gzip,gzip'])('%s is unknown', (encoding) => {
  expect(decodeContent(gzipSync(plain), encoding, MAX)).toEqual({ failure: 'encoding-unknown' })
})

test('broken bytes are broken', () => {
  const encoded = gzipSync(plain)
  encoded.fill(0xff, 100, 120)
  expect(decodeContent(encoded, 'gzip', MAX)).toEqual({ failure: 'encoding-broken' })
})
