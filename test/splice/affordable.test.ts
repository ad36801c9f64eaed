import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { memoryLimit } from '../../src/lib/memory-limit.ts'
import { affordableConnections, maxOpenFiles } from '../../src/splice/affordable.ts'

const MiB = 1024 * 1024
const unlimited = { maxOpenFiles: Infinity, memoryBytes: Infinity, ringBytes: 16 * MiB }

test('a connection takes two files, beside those of everything else', () => {
  const by = (files: number) => affordableConnections(8192, { ...unlimited, maxOpenFiles: files })
  expect(by(1_048_576)).toEqual({ connections: 8192 })
  expect(by(1024)).toEqual({ connections: 432, because: 'open files' })
  expect(by(256)).toEqual({ connections: 48, because: 'open files' })
  expect(by(Infinity)).toEqual({ connections: 8192 })
  expect(by(10)).toEqual({ connections: 1, because: 'open files' })
})

test('a connection takes memory, beside what the process and its ring take', () => {
  const by = (memoryBytes: number, ringBytes = 16 * MiB) =>
    affordableConnections(8192, { ...unlimited, memoryBytes, ringBytes })
  expect(by(256 * MiB)).toEqual({ connections: 1820, because: 'memory' })
  expect(by(512 * MiB)).toEqual({ connections: 5461, because: 'memory' })
  expect(by(1024 * MiB)).toEqual({ connections: 8192 })
  expect(by(256 * MiB, 128 * MiB).connections).toBeLessThan(300)
  expect(by(64 * MiB)).toEqual({ connections: 16, because: 'memory' })
})

test('the limit of the process is what the system says', () => {
  const module = resolve(import.meta.dirname, '../../src/splice/affordable.ts')
  const program = `import { maxOpenFiles } from ${JSON.stringify(module)}; console.log(maxOpenFiles())`
  const script = 'ulimit -n 321; exec "$0" --input-type=module -e "$1"'
  expect(execFileSync('bash', ['-c', script, process.execPath, program], { encoding: 'utf8' })).toBe('321\n')
  expect(maxOpenFiles('/nowhere')).toBe(Number.POSITIVE_INFINITY)
})

test.each<[string, string, Record<string, string>, number]>([
  ['version 2 in a container', '0::/\n', { 'memory.max': '268435456\n' }, 256 * MiB],
  ['version 2 without a limit', '0::/\n', { 'memory.max': 'max\n' }, Infinity],
  [
    'a group above with less',
    '0::/pod/c\n',
    { 'pod/memory.max': '1000\n', 'pod/c/memory.max': '2000\n' },
    1000,
  ],
  ['the path of the host', '0::/kubepods/x\n', { 'memory.max': '3000\n' }, 3000],
  ['version 1', '4:memory:/a\n0::/\n', { 'memory/a/memory.limit_in_bytes': '5000\n' }, 5000],
  [
    'version 1 without a limit',
    '4:cpu,memory:/\n',
    { 'memory/memory.limit_in_bytes': '9223372036854771712\n' },
    Infinity,
  ],
  ['no groups at all', '', {}, Infinity],
])('the memory of the container: %s', (_, groups, files, limit) => {
  const root = mkdtempSync(join(tmpdir(), 'cgroup-'))
  for (const [path, content] of Object.entries({ groups, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  expect(memoryLimit(root, join(root, 'groups'))).toBe(limit)
  expect(memoryLimit(root, join(root, 'nowhere'))).toBe(Infinity)
  rmSync(root, { recursive: true })
})
