import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchFiles } from '../../src/reload/file-watch.ts'

const PATIENCE = { timeout: 15_000, interval: 20 }
const LOOK_MS = 10
const SEVERAL_LOOKS_MS = 100

let folder: string
let changes: number
let stop: () => void
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'modeltap-watch-'))
  changes = 0
})
afterEach(() => {
  stop()
  rmSync(folder, { recursive: true })
})

function watch(...files: string[]) {
  const watched = watchFiles({ onChange: () => (changes += 1), lookMs: LOOK_MS })
  watched.follow(files)
  stop = watched.stop
  return watched
}
const severalLooks = () => new Promise((resolve) => setTimeout(resolve, SEVERAL_LOOKS_MS))

test('a file that is written again, goes and comes back is a change each time, one that rests is none', async () => {
  const file = join(folder, 'modeltap.yaml')
  writeFileSync(file, 'a: 1')
  watch(file)
  await severalLooks()
  expect(changes).toBe(0)
  writeFileSync(file, 'a: 22')
  await vi.waitFor(() => expect(changes).toBe(1), PATIENCE)
  rmSync(file)
  await vi.waitFor(() => expect(changes).toBe(2), PATIENCE)
  writeFileSync(file, 'a: 333')
  await vi.waitFor(() => expect(changes).toBe(3), PATIENCE)
})

test('the swap of a link, as Kubernetes updates a ConfigMap, is a change', async () => {
  for (const version of ['..1', '..2']) {
    mkdirSync(join(folder, version))
    writeFileSync(join(folder, version, 'modeltap.yaml'), 'same: size')
  }
  symlinkSync('..1', join(folder, '..data'))
  symlinkSync('..data/modeltap.yaml', join(folder, 'modeltap.yaml'))
  watch(join(folder, 'modeltap.yaml'))
  symlinkSync('..2', join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  await vi.waitFor(() => expect(changes).toBe(1), PATIENCE)
})

test('what was there when it was marked is no change', async () => {
  const file = join(folder, 'modeltap.yaml')
  writeFileSync(file, 'a: 1')
  const watched = watch(file)
  writeFileSync(file, 'a: 22')
  watched.mark()
  await severalLooks()
  expect(changes).toBe(0)
})
