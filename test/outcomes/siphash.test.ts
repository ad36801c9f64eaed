/** SipHash-1-3 with 128 bits against OpenSSL: `openssl mac -macopt hexkey:… -macopt size:16 … -in FILE SIPHASH`. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { sipHash128 } from '../../src/outcomes/siphash.ts'

const KEY = '000102030405060708090a0b0c0d0e0f'
const words = new Uint32Array(Uint8Array.from(Buffer.from(KEY, 'hex')).buffer)
const directory = mkdtempSync(join(tmpdir(), 'modeltap-siphash-'))
afterAll(() => rmSync(directory, { recursive: true }))

function hex(text: string): string {
  const hash = new Uint32Array(4)
  sipHash128(words, text, hash)
  return Buffer.from(hash.buffer).toString('hex')
}

test.each([
  '',
  'a',
  '6f1ed002-ab55-4a0c-8d47-d0c3bd7b1b36',
  'x'.repeat(255),
  'x'.repeat(5_000),
  'Straße-Ω-日本-𝒳#17',
  '12345678',
  '1234567',
  '\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u000e',
])('of "%s" is what OpenSSL says', (text) => {
  const file = join(directory, 'text')
  writeFileSync(file, text)
  const said = execFileSync('openssl', [
    'mac',
    '-macopt',
    `hexkey:${KEY}`,
    '-macopt',
    'size:16',
    '-macopt',
    'c-rounds:1',
    '-macopt',
    'd-rounds:3',
    '-in',
    file,
    'SIPHASH',
  ])
  expect(hex(text)).toBe(said.toString().trim().toLowerCase())
})
