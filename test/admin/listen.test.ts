import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { expect, test } from 'vitest'
import { listenAdmin } from '../../src/admin/listen.ts'

test('a port in use is LISTEN_FAILED with the address and a way out', async () => {
  const first = await listenAdmin(express(), { kind: 'tcp', host: '127.0.0.1', port: 0 })
  await expect(listenAdmin(express(), first.address)).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
    exitCode: 1,
    message: expect.stringContaining('EADDRINUSE'),
    hint: expect.stringContaining('--admin'),
  })
  await first.close(0)
})

test('a socket file that a killed process left behind is replaced; one in use is not', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'modeltap-'))
  const path = join(directory, 'admin.sock')
  const address = { kind: 'unix', path } as const
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  expect(spawnSync(process.execPath, ['-e', program]).signal).toBe('SIGKILL')
  expect(existsSync(path)).toBe(true)
  const server = await listenAdmin(express(), address)
  await expect(listenAdmin(express(), address)).rejects.toMatchObject({ code: 'LISTEN_FAILED' })
  await server.close(0)
  rmSync(directory, { recursive: true })
})
