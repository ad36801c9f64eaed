import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockDirectory } from '../../src/checkpoints/directory-lock.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lock-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const locked = async () => {
  const result = await lockDirectory(directory)
  if (!('lock' in result)) throw new Error(JSON.stringify(result))
  return result.lock
}

test('the second is told at once, and gets it when the first gives it up', async () => {
  const first = await locked()
  const startMs = performance.now()
  expect(await lockDirectory(directory)).toEqual({ heldBy: 'another process of this host' })
  expect(performance.now() - startMs).toBeLessThan(10_000)
  await first.release()
  const second = await locked()
  await second.release()
  expect(readdirSync(directory).filter((name) => name.endsWith('.lock'))).toEqual([])
})

test('of many at the same time one gets it', async () => {
  const results = await Promise.all(Array.from({ length: 8 }, () => lockDirectory(directory)))
  const winners = results.flatMap((result) => ('lock' in result ? [result.lock] : []))
  expect(winners).toHaveLength(1)
  await winners[0]?.release()
})

test('an owner that was killed is no owner any more, and nobody waits for it', async () => {
  const module = new URL('../../src/checkpoints/directory-lock.ts', import.meta.url).href
  const script = `const { lockDirectory } = await import(${JSON.stringify(module)})
    const result = await lockDirectory(${JSON.stringify(directory)})
    setInterval(() => undefined, 1000)
    console.log('lock' in result)`
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', script])
  const [said] = (await once(owner.stdout, 'data')) as [Buffer]
  expect(said.toString()).toBe('true\n')
  expect(await lockDirectory(directory)).toHaveProperty('heldBy')
  owner.kill('SIGKILL')
  await once(owner, 'close')
  const startMs = performance.now()
  await (await locked()).release()
  expect(performance.now() - startMs).toBeLessThan(10_000)
})

test('an owner of another machine is known by a time that moves', async () => {
  const file = join(directory, 'modeltap.lock')
  const write = (): void =>
    writeFileSync(file, JSON.stringify({ instance: 'a', host: 'elsewhere', boot: 'b' }))
  write()
  const beat = setInterval(write, 500)
  expect(await lockDirectory(directory)).toEqual({ heldBy: 'elsewhere' })
  clearInterval(beat)
  await (await locked()).release()
}, 30_000)

test('a lock that cannot be read, or a folder that cannot be written', async () => {
  writeFileSync(join(directory, 'modeltap.lock'), 'not JSON')
  await (await locked()).release()
  writeFileSync(join(directory, 'file'), '')
  expect(await lockDirectory(join(directory, 'file', 'below'))).toHaveProperty('problem')
})
