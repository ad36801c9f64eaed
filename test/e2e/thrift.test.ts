/** What V8 may do at rest and under load, see src/lib/v8-flags.ts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { type RunningModeltap, startModeltap } from '../support/modeltap.ts'
import { startUpstream, summingModel, type TestUpstream } from '../support/upstream.ts'

const PRELOAD = ['--import', resolve(import.meta.dirname, '../support/logged-flags.ts')]
const directory = mkdtempSync(join(tmpdir(), 'modeltap-thrift-'))

let upstream: TestUpstream
let modeltap: RunningModeltap | undefined

afterEach(async () => {
  await modeltap?.stop()
  await upstream.close()
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const flags = (): string[] =>
  [...(modeltap?.log() ?? '').matchAll(/^V8 flag (.*)$/gm)].map(([, flag]) => flag ?? '')

test('code is optimised from the first connection on, and asking for metrics is none', async () => {
  upstream = await startUpstream(summingModel)
  modeltap = await startModeltap(['--upstream', upstream.address], {}, PRELOAD)
  await (await fetch(`${modeltap.adminUrl}/metrics`)).text()
  expect(flags()).toContain('--no-opt')
  expect(flags()).not.toContain('--opt')
  for (let i = 0; i < 2; i += 1) {
    const body = '{"instances":[[1,2,3]]}'
    await fetch(`${modeltap.dataUrl}/v1/models/adder:predict`, { method: 'POST', body })
  }
  expect(flags().filter((flag) => flag.endsWith('opt'))).toEqual(['--no-opt', '--opt'])
})

test('a log that is read is reason enough', async () => {
  upstream = await startUpstream(summingModel)
  const environment = { MODELTAP_TAIL_FILES: join(directory, 'requests.jsonl') }
  modeltap = await startModeltap(['--upstream', upstream.address], environment, PRELOAD)
  expect(flags().filter((flag) => flag.endsWith('opt'))).toEqual(['--no-opt', '--opt'])
})
