/** SipHash with 128 bits against OpenSSL: `openssl mac -macopt hexkey:… -macopt size:16 -in FILE SIPHASH`. */
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

const hex = (text: string): string => Buffer.from(sipHash128(words, text), 'latin1').toString('hex')

// The vectors of the authors' reference implementation: the bytes 0, 1, 2 … of each length.
test.each([
  [0, 'a3817f04ba25a8e66df67214c7550293'],
  [1, 'da87c1d86b99af44347659119b22fc45'],
  [8, '3b62a9ba6258f5610f83e264f31497b4'],
  [15, '5493e99933b0a8117e08ec0f97cfc3d9'],
])('of %i bytes is the vector of the reference implementation', (length, expected) => {
  expect(hex(String.fromCharCode(...Array.from({ length }, (_, index) => index)))).toBe(expected)
})

test.each([
  '',
  'a',
  '6f1ed002-ab55-4a0c-8d47-d0c3bd7b1b36',
  'x'.repeat(255),
  'Straße-Ω-日本-𝒳#17',
  '12345678',
  '1234567',
])('of "%s" is what OpenSSL says', (text) => {
  const file = join(directory, 'text')
  writeFileSync(file, text)
  const said = execFileSync('openssl', [
    'mac',
    '-macopt',
    `hexkey:${KEY}`,
    '-macopt',
    'size:16',
    '-in',
    file,
    'SIPHASH',
  ])
  expect(hex(text)).toBe(said.toString().trim().toLowerCase())
})
