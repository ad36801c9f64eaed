import express from 'express'
import { expect, test } from 'vitest'
import { listenAdmin } from '../../src/admin/listen.ts'

test('a port in use is LISTEN_FAILED with the address and a way out', async () => {
  const first = await listenAdmin(express(), { kind: 'tcp', host: '127.0.0.1', port: 0 })
  await expect(listenAdmin(express(), first.address)).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
    exitCode: 1,
    message: expect.stringContaining('in use by another program'),
    hint: expect.stringContaining('--admin'),
  })
  await first.close(0)
})
