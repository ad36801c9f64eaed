import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  explainWriteError,
  readRegularFile,
  removeLeftovers,
  replaceFile,
} from '../../src/lib/regular-file.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'regular-file-'))
  path = join(directory, 'file')
})
afterEach(() => rmSync(directory, { recursive: true }))

test('a regular file is read whole', async () => {
  writeFileSync(path, 'content')
  expect(await readRegularFile(path, 100)).toEqual({ bytes: Buffer.from('content') })
})

test.each<[string, () => void, string]>([
  ['nothing', () => undefined, 'absent'],
  ['a pipe', () => void execFileSync('mkfifo', [path]), 'not-a-regular-file'],
  ['a folder', () => mkdirSync(path), 'not-a-regular-file'],
  ['a device', () => symlinkSync('/dev/zero', path), 'not-a-regular-file'],
  [
    'a symbolic link to a file',
    () => (writeFileSync(`${path}2`, 'x'), symlinkSync(`${path}2`, path)),
    'not-a-regular-file',
  ],
  ['a file of 1.5 GiB', () => (writeFileSync(path, ''), truncateSync(path, 1.5 * 2 ** 30)), 'too-large'],
])('%s is told and not waited for', async (_, make, problem) => {
  make()
  const startMs = performance.now()
  expect(await readRegularFile(path, 1000)).toEqual({ problem })
  expect(performance.now() - startMs).toBeLessThan(10_000)
})

test('a file is replaced without following a link that lies at its name', async () => {
  const precious = join(directory, 'precious')
  writeFileSync(precious, 'precious')
  symlinkSync(precious, path)
  symlinkSync(precious, `${path}.tmp`)
  await replaceFile(path, (file) => file.writeFile('new'))
  expect(readFileSync(precious, 'utf8')).toBe('precious')
  expect(readFileSync(path, 'utf8')).toBe('new')
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('what fails half-way leaves the old file and nothing else', async () => {
  writeFileSync(path, 'old')
  await expect(
    replaceFile(path, async (file) => {
      await file.writeFile('half')
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    }),
  ).rejects.toThrow('ENOSPC')
  expect(readdirSync(directory)).toEqual(['file'])
  expect(readFileSync(path, 'utf8')).toBe('old')
})

test('leftovers of a crash are removed, and other files are not', async () => {
  for (const name of [
    'file.tmp',
    'file.0123456789ab.tmp',
    'file',
    'other.tmp',
    'file.unusable',
    'file.xyz.tmp',
  ])
    writeFileSync(join(directory, name), '')
  await removeLeftovers(path)
  expect(readdirSync(directory).sort()).toEqual(['file', 'file.unusable', 'file.xyz.tmp', 'other.tmp'])
})

test('a full disk is called a full disk', () => {
  const error = (code: string): Error => Object.assign(new Error(`${code}: x`), { code })
  expect(explainWriteError(error('ENOSPC'))).toBe('the disk is full')
  expect(explainWriteError(error('EACCES'))).toBe('this user may not write there')
  expect(explainWriteError(error('EWHATEVER'))).toBe('EWHATEVER: x')
})
