/** `modeltap baseline build` as users call it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Baseline } from '../../src/baseline/baseline.ts'
import { createProgress } from '../../src/cli/progress.ts'
import { runModeltap } from '../support/modeltap.ts'

const folder = mkdtempSync(join(tmpdir(), 'modeltap-build-'))
const input = join(folder, 'train.csv')
const output = join(folder, 'baseline.json')
writeFileSync(
  input,
  ['age,city,prediction', ...Array.from({ length: 2_000 }, (_, i) => `${i % 90},Graz,0.5`)].join('\n'),
)

afterAll(() => rmSync(folder, { recursive: true }))

const build = (...more: string[]) =>
  runModeltap(['baseline', 'build', '--input', input, '--output', output, ...more])

test('the time that the file covers is part of the baseline, and inspect says it', async () => {
  expect(await build('--duration', '14d')).toMatchObject({ code: 0, stderr: '' })
  const { durationSeconds, columns } = JSON.parse(readFileSync(output, 'utf8')) as Baseline
  expect(durationSeconds).toBe(14 * 86_400)
  // The rows of 14 days; the first day has none before it to be judged by.
  expect(columns[0]?.memory).toMatchObject({ days: 13 })
  const { stdout } = await runModeltap(['baseline', 'inspect', output])
  expect(stdout).toContain('2\u202f000 over 14d')
})

test('a time that is none is refused with what is allowed', async () => {
  const { code, stderr } = await build('--duration', 'two weeks')
  expect(code).toBe(2)
  expect(stderr).toContain("'two weeks' is invalid. Allowed: a time above 0, such as 5s, 36h or 14d.")
})

test('a bar on a terminal, nothing in a file', () => {
  const written: string[] = []
  const write = (text: string): number => written.push(text)
  createProgress({ write }).update(10, 0.5)
  expect(written).toEqual([])
  const progress = createProgress({ isTTY: true, write })
  progress.update(1_234_567, 0.5)
  progress.update(1_234_568, undefined)
  progress.end()
  expect(written.join('')).toBe(
    `[${'#'.repeat(12)}${'.'.repeat(12)}] 50 %, 1\u202f234\u202f567 rows\r\u001b[2K1\u202f234\u202f568 rows\r\u001b[2K`,
  )
})
