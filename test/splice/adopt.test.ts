import { once } from 'node:events'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { adopt } from '../../src/splice/adopt.ts'
import { tcpClient, tcpServer } from './fixture.ts'

test('an adopted connection reads into the buffer that it was given, and writes as before', async () => {
  let read = ''
  const buffer = Buffer.alloc(1024)
  let adopted: Socket | undefined
  const peer = await tcpServer((socket) => {
    socket.pause()
    adopted = adopt(socket, {
      buffer,
      callback: (length, bytes) => {
        expect(bytes).toBe(buffer)
        read = Buffer.from(bytes).toString('latin1', 0, length)
        adopted?.write('heard')
        return true
      },
    })
    adopted?.resume()
  })
  const client = await tcpClient(peer.port)
  client.write('hello')
  const [answer] = (await once(client, 'data')) as [Buffer]
  expect([read, answer.toString()]).toEqual(['hello', 'heard'])
  client.destroy()
  adopted?.destroy()
  await peer.stop()
})

test('a socket without a handle cannot be adopted, and is left as it is', () => {
  const socket = new PassThrough() as unknown as Socket
  expect(adopt(socket, { buffer: Buffer.alloc(1), callback: () => true })).toBeUndefined()
  expect(socket.writable).toBe(true)
})
