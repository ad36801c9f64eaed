/** The oracle is git apply: what it makes of the first text and the diff is the second text, byte for byte. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { lineDiff } from '../../src/lib/line-diff.ts'

const folder = mkdtempSync(join(tmpdir(), 'modeltap-diff-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const names = { before: 'a.yaml', after: 'b.yaml' }

function patched(before: string, diff: string): string {
  const file = join(folder, 'text')
  writeFileSync(file, before)
  const { status, stdout, stderr } = spawnSync('git', ['apply', '-p0', '--whitespace=nowarn', '-'], {
    cwd: folder,
    input: diff,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${stdout}${stderr}\n${diff}`)
  return readFileSync(file, 'utf8')
}

test('equal texts have no diff', () => {
  expect(lineDiff('a\nb\n', 'a\nb\n', names)).toBe('')
})

test('as diff -u writes it', () => {
  const before = '1\n2\n3\n4\n5\n6\n7\n8\n9\n'
  const after = '1\n2\n3\n4\nnew\nfive\n6\n7\n8\n9\n'
  expect(lineDiff(before, after, names)).toBe(
    '--- a.yaml\n+++ b.yaml\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+new\n+five\n 6\n 7\n 8\n',
  )
})

test('git apply makes the second text of the first one', () => {
  const line = fc.constantFrom('a', 'b', 'c', '- d', '')
  const text = fc
    .tuple(fc.array(line, { minLength: 1, maxLength: 30 }), fc.boolean())
    .map(([lines, ends]) => `${lines.join('\n')}${ends ? '\n' : ''}`)
    .filter((whole) => whole.length > 0)
  fc.assert(
    fc.property(text, text, (before, after) => {
      const diff = lineDiff(before, after, { before: 'text', after: 'text' })
      if (diff !== '') expect(patched(before, diff)).toBe(after)
    }),
    { numRuns: 150 },
  )
})
