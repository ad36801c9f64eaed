import { mkdtemp, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { readCheckpoint, writeCheckpoint } from '../../src/checkpoints/checkpoint-file.ts'
import { Checkpoints } from '../../src/checkpoints/checkpoints.ts'
import { folderStore } from '../../src/checkpoints/store.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'

const parts = [
  {
    kind: 'model',
    counts: Float64Array.of(1, Number.NaN, -0),
    names: new Map([['a', 1]]),
    nothing: undefined,
  },
  { kind: 'column', text: 'ü'.repeat(400_000) },
  ...Array.from({ length: 50 }, (_, i) => ({ i })),
]

const fits = (): undefined => undefined

let directory: string
let file: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'checkpoints-'))
  file = join(directory, 'windows.checkpoint')
})

function checkpoints(
  restore: (restored: readonly unknown[]) => void = () => undefined,
  version = 3,
): Checkpoints {
  const source = { version, parts: () => parts, check: fits, restore, reset: () => undefined }
  return new Checkpoints({
    store: folderStore(directory),
    source,
    clock: new ManualClock(5),
    logger: silentLogger,
  })
}

test('what is saved is what is restored', async () => {
  const saved = checkpoints()
  await saved.save()
  expect(saved).toMatchObject({ savedEpochMs: 5, outcomes: { saved: 1, failed: 0, set_aside: 0 } })
  expect(saved.savedBytes).toBe((await readFile(file)).length)
  let restored: readonly unknown[] = []
  expect(await checkpoints((found) => (restored = found)).load()).toBe('restored')
  expect(restored).toEqual(parts)
})

test('no checkpoint is no trouble', async () => {
  const none = checkpoints()
  expect(await none.load()).toBe('none')
  expect(none.outcomes.set_aside).toBe(0)
})

test.each<[string, () => Promise<void>]>([
  ['foreign', () => writeFile(file, '{"some":"json"}\n')],
  ['empty', () => writeFile(file, '')],
  ['cut short', () => truncate(file, 1_000)],
  ['cut by a byte', async () => truncate(file, (await readFile(file)).length - 1)],
  ['longer', async () => writeFile(file, Buffer.concat([await readFile(file), Buffer.from([0])]))],
])('set aside and counted, and the start goes on: %s', async (_, damage) => {
  await checkpoints().save()
  await damage()
  const damaged = checkpoints()
  expect(await damaged.load()).toBe('none')
  expect(damaged.outcomes.set_aside).toBe(1)
  expect(await readdir(directory)).toEqual(['windows.checkpoint.unusable'])
  await damaged.save()
  expect(await checkpoints().load()).toBe('restored')
})

test('any changed byte is found', async () => {
  await writeCheckpoint(file, { version: 3, parts: [{ a: 1 }, { b: Float64Array.of(2, 3) }] })
  const good = await readFile(file)
  for (let offset = 0; offset < good.length; offset += 1) {
    const bad = Buffer.from(good)
    bad[offset] = (bad[offset] ?? 0) ^ 1
    await writeFile(file, bad)
    expect(await readCheckpoint(file, 3)).toHaveProperty('problem')
  }
})

test('a checkpoint of another version, and one that does not fit', async () => {
  await checkpoints().save()
  expect(await readCheckpoint(file, 4)).toEqual({ problem: 'other-version' })
  const refusing = checkpoints(() => {
    throw new Error('does not fit')
  })
  expect(await refusing.load()).toBe('none')
  expect(refusing.outcomes.set_aside).toBe(1)
})

test('a directory that cannot be written is counted and does not throw', async () => {
  await writeFile(join(directory, 'file'), '')
  const source = {
    version: 1,
    parts: () => parts,
    check: fits,
    restore: () => undefined,
    reset: () => undefined,
  }
  const nowhere = new Checkpoints({
    store: folderStore(join(directory, 'file', 'below')),
    source,
    clock: new ManualClock(),
    logger: silentLogger,
  })
  await nowhere.save()
  expect(nowhere.outcomes).toEqual({ saved: 0, failed: 1, set_aside: 0 })
})

test('a save in the middle of another waits for it, and a half-written one is never read', async () => {
  let taken = 0
  const source = {
    version: 1,
    parts: function* () {
      taken += 1
      yield* parts
    },
    check: fits,
    restore: () => undefined,
    reset: () => undefined,
  }
  const slow = new Checkpoints({
    store: folderStore(directory),
    source,
    clock: new ManualClock(),
    logger: silentLogger,
  })
  await Promise.all([slow.save(), slow.save()])
  expect(taken).toBe(1)
  await writeFile(`${file}.tmp`, 'the crash came here')
  expect(await readCheckpoint(file, 1)).toHaveProperty('parts')
})

test('what could not be written to its end leaves nothing behind, and the last checkpoint as it was', async () => {
  const good = {
    ...{ version: 1, parts: () => parts, check: fits },
    ...{ restore: () => undefined, reset: () => undefined },
  }
  const options = { store: folderStore(directory), clock: new ManualClock(), logger: silentLogger }
  await new Checkpoints({ ...options, source: good }).save()
  const bad = {
    ...good,
    parts: function* () {
      yield* parts
      throw new Error('no space left on device')
    },
  }
  const failing = new Checkpoints({ ...options, source: bad })
  await failing.save()
  expect(failing.outcomes.failed).toBe(1)
  expect(await readdir(directory)).toEqual(['windows.checkpoint'])
  expect(await readCheckpoint(file, 1)).toHaveProperty('parts')
})
