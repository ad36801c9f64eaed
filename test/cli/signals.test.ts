/** Signals to a process that carries a request. Whoever shares its process namespace and user can send any of them. */
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startModeltap } from '../support/modeltap.ts'

const ANSWER_MS = 700
let upstream: Server
let address: string
beforeAll(async () => {
  upstream = createServer((request, response) =>
    request.resume().on('end', () => setTimeout(() => response.end('whole'), ANSWER_MS)),
  )
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  address = `127.0.0.1:${(upstream.address() as AddressInfo).port}`
})
afterAll(() => {
  upstream.closeAllConnections()
  upstream.close()
})

const INSPECTOR_PORT = 9229
const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

test('signals that mean nothing to it change nothing, and none opens the debugger', async () => {
  const modeltap = await startModeltap(['--upstream', address])
  const wasListening = await isListening(INSPECTOR_PORT)
  const signals = [
    'SIGUSR1',
    'SIGUSR2',
    'SIGQUIT',
    'SIGALRM',
    'SIGVTALRM',
    'SIGIO',
    'SIGPWR',
    'SIGXFSZ',
  ] as const
  const answer = fetch(modeltap.dataUrl)
  await new Promise((resolve) => setTimeout(resolve, 100))
  for (const signal of signals) modeltap.child.kill(signal)
  expect(await (await answer).text()).toBe('whole')
  expect(await isListening(INSPECTOR_PORT)).toBe(wasListening)
  expect(modeltap.log()).not.toContain('Debugger listening')
  expect((await fetch(`${modeltap.adminUrl}/healthz`)).status).toBe(200)
  expect(await modeltap.stop()).toBe(0)
})

test('SIGHUP reads the configuration again and ends nothing', async () => {
  const modeltap = await startModeltap(['--upstream', address])
  const answer = fetch(modeltap.dataUrl)
  await new Promise((resolve) => setTimeout(resolve, 100))
  modeltap.child.kill('SIGHUP')
  modeltap.child.kill('SIGHUP')
  expect(await (await answer).text()).toBe('whole')
  await vi.waitFor(() => expect(modeltap.log()).toContain('is the same'), { timeout: 15_000 })
  expect((await fetch(`${modeltap.adminUrl}/healthz`)).status).toBe(200)
  expect(await modeltap.stop()).toBe(0)
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s drains: what runs is answered, and then it ends',
  async (signal) => {
    const modeltap = await startModeltap(['--upstream', address])
    const answer = fetch(modeltap.dataUrl)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const ended = new Promise((resolve) => modeltap.child.once('exit', resolve))
    modeltap.child.kill(signal)
    expect(await (await answer).text()).toBe('whole')
    expect(await ended).toBe(0)
  },
)
