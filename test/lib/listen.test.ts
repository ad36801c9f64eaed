import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listenAt } from '../../src/lib/listen.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'listen-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

test('a socket file that a killed process left behind is replaced; one in use is not', async () => {
  const path = join(directory, 'left.sock')
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  expect(spawnSync(process.execPath, ['-e', program]).signal).toBe('SIGKILL')
  expect(existsSync(path)).toBe(true)
  const server = createServer()
  await listenAt(server, { kind: 'unix', path })
  await expect(listenAt(createServer(), { kind: 'unix', path })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  server.close()
})

test('a file that is no socket is never removed', async () => {
  const path = join(directory, 'notes.txt')
  writeFileSync(path, 'mine')
  await expect(listenAt(createServer(), { kind: 'unix', path })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  expect(readFileSync(path, 'utf8')).toBe('mine')
})
