import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer as createHttpsServer, request, type RequestOptions } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Address } from '../../src/lib/address.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import {
  connectionOptions,
  type SpliceOptions,
  tlsOptions,
  upstreamTlsOptions,
} from '../../src/splice/options.ts'
import { closed, type SpliceFixture, spliceTo, tcpClient, until } from './fixture.ts'

const certificates = join(import.meta.dirname, 'certificates')
const pem = (name: string): string => join(certificates, name)
const ca = readFileSync(pem('ca.pem'))
const serverPair = { cert: readFileSync(pem('server.pem')), key: readFileSync(pem('server.key')) }

let cleanup: (() => unknown)[] = []
beforeEach(() => {
  cleanup = []
})
afterEach(async () => {
  for (const step of cleanup.reverse()) await step()
})

async function serve(
  server: Server & { closeAllConnections: () => void },
): Promise<Address & { kind: 'tcp' }> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

async function splice(
  upstream: Address,
  options: Partial<SpliceOptions>,
  logger = silentLogger,
): Promise<SpliceFixture> {
  const fixture = await spliceTo({ upstream, options, logger })
  cleanup.push(() => fixture.stop())
  return fixture
}

async function get(
  port: number,
  options: RequestOptions = {},
): Promise<{ text: string; certificateOf: string }> {
  const sent = request({ host: 'localhost', family: 4, port, ca, agent: false, ...options })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const certificate = (response.socket as TLSSocket).getPeerCertificate()
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return { text, certificateOf: String(certificate.subject.CN) }
}

describe('TLS that ends at the data port', () => {
  test('is decrypted for the model server and for the observer', async () => {
    const upstream = await serve(
      createHttpServer((incoming, response) => response.end(`plain ${incoming.url}`)),
    )
    const tls = tlsOptions.parse({ certificate: pem('server.pem'), key: pem('server.key') })
    const { port, tap } = await splice(upstream, { tls })
    expect(await get(port, { path: '/x' })).toEqual({ text: 'plain /x', certificateOf: 'first' })
    const chunks = () => [...tap.connections.values()][0]?.chunks[0] ?? []
    await until(() => chunks().length > 0)
    expect(Buffer.concat(chunks()).toString()).toMatch(/^GET \/x HTTP\/1.1/)
  })

  test('passes bodies of megabytes both ways', async () => {
    const upstream = await serve(createHttpServer((incoming, response) => void incoming.pipe(response)))
    const tls = tlsOptions.parse({ certificate: pem('server.pem'), key: pem('server.key') })
    const { port } = await splice(upstream, { tls })
    const body = Buffer.alloc(5_000_000, 'abcdefg')
    const sent = request({ host: 'localhost', family: 4, port, ca, method: 'POST', agent: false })
    sent.end(body)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const echoed: Buffer[] = []
    for await (const chunk of response) echoed.push(chunk as Buffer)
    expect(Buffer.concat(echoed).equals(body)).toBe(true)
  })

  test('asks clients for a certificate when it has an authority for them', async () => {
    const upstream = await serve(createHttpServer((_incoming, response) => response.end('in')))
    const tls = tlsOptions.parse({
      certificate: pem('server.pem'),
      key: pem('server.key'),
      clientCa: pem('ca.pem'),
    })
    const { port, control } = await splice(upstream, { tls })
    await expect(get(port)).rejects.toThrow()
    expect(control.tlsFailures).toBe(1)
    const client = { cert: readFileSync(pem('client.pem')), key: readFileSync(pem('client.key')) }
    expect((await get(port, client)).text).toBe('in')
  })

  test('takes a renewed certificate without dropping connections, and keeps the old one when the new is broken', async () => {
    const upstream = await serve(createHttpServer((_incoming, response) => response.end('ok')))
    const directory = mkdtempSync(join(tmpdir(), 'tls-'))
    cleanup.push(() => rmSync(directory, { recursive: true }))
    const [certificate, key] = [join(directory, 'tls.crt'), join(directory, 'tls.key')]
    copyFileSync(pem('server.pem'), certificate)
    copyFileSync(pem('server.key'), key)
    const lines: string[] = []
    const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) })
    const { port } = await splice(upstream, { tls: tlsOptions.parse({ certificate, key }) }, logger)
    const lasting = connectTls({ host: '127.0.0.1', port, ca, servername: 'localhost' })
    await once(lasting, 'secureConnect')

    writeFileSync(certificate, 'not a certificate')
    await until(() => lines.some((line) => line.includes('keeping the old ones')))
    expect((await get(port)).certificateOf).toBe('first')

    copyFileSync(pem('renewed.pem'), certificate)
    copyFileSync(pem('renewed.key'), key)
    let seen = ''
    while (seen !== 'renewed') seen = (await get(port)).certificateOf
    lasting.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    const [answer] = (await once(lasting, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 200/)
    lasting.end()
    await closed(lasting)
  })

  test('keeps the authorities of clients when their file is empty or cut off', async () => {
    const upstream = await serve(createHttpServer((_incoming, response) => response.end('in')))
    const directory = mkdtempSync(join(tmpdir(), 'tls-'))
    cleanup.push(() => rmSync(directory, { recursive: true }))
    const clientCa = join(directory, 'ca.crt')
    copyFileSync(pem('ca.pem'), clientCa)
    const lines: string[] = []
    const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) })
    const tls = tlsOptions.parse({ certificate: pem('server.pem'), key: pem('server.key'), clientCa })
    const { port } = await splice(upstream, { tls }, logger)
    const client = { cert: readFileSync(pem('client.pem')), key: readFileSync(pem('client.key')) }
    // What is there while somebody writes the file: nothing yet, half a certificate, one and a half.
    const whole = ca.toString()
    for (const content of ['', whole.slice(0, 200), whole + whole.slice(0, 200)]) {
      lines.length = 0
      writeFileSync(clientCa, content)
      await until(() => lines.some((line) => line.includes('keeping the old ones')))
      expect((await get(port, client)).text).toBe('in')
    }
  })

  test('closes and counts a client that does not finish its handshake in time', async () => {
    const upstream = await serve(createHttpServer((_incoming, response) => response.end('in')))
    const tls = tlsOptions.parse({
      ...{ certificate: pem('server.pem'), key: pem('server.key') },
      handshakeTimeout: '50ms',
    })
    const { port, control } = await splice(upstream, { tls })
    await closed(await tcpClient(port))
    expect(control.tlsFailures).toBe(1)
    expect((await get(port)).text).toBe('in')
  })

  test('counts connections in their handshake against the limit', async () => {
    const upstream = await serve(createHttpServer((_incoming, response) => response.end('in')))
    const tls = tlsOptions.parse({
      certificate: pem('server.pem'),
      key: pem('server.key'),
      handshakeTimeout: '1s',
    })
    const connections = { ...connectionOptions.parse({}), limit: 2 }
    const { port, control } = await splice(upstream, { tls, connections })
    const silent = [await tcpClient(port), await tcpClient(port)]
    await closed(await tcpClient(port))
    expect(control.connectionsRefused).toBe(1)
    for (const socket of silent) socket.destroy()
    let answer: string | undefined
    while (answer === undefined)
      answer = await get(port).then(
        ({ text }) => text,
        () => undefined,
      )
    expect(answer).toBe('in')
  })

  test('that cannot work is an error at the start, naming the files', async () => {
    const tls = tlsOptions.parse({ certificate: pem('server.pem'), key: pem('client.key') })
    const start = spliceTo({ upstream: { kind: 'tcp', host: '127.0.0.1', port: 1 }, options: { tls } })
    await expect(start).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/^tls: .*server\.pem.*client\.key/) as string,
    })
  })
})

describe('TLS towards the model server', () => {
  const answer = createHttpsServer.bind(undefined, serverPair, (_incoming, response) =>
    response.end('sealed'),
  )

  test('is spoken and verified', async () => {
    const { port } = await serve(answer())
    const upstreamTls = upstreamTlsOptions.parse({ ca: pem('ca.pem') })
    const fixture = await splice({ kind: 'tcp', host: 'localhost', port }, { upstreamTls })
    expect(await (await fetch(`http://127.0.0.1:${fixture.port}/`)).text()).toBe('sealed')
    expect(await fixture.splice.upstreamReachable()).toBe(true)
  })

  test('with a certificate of somebody else is an unreachable server', async () => {
    const { port } = await serve(answer())
    const upstreamTls = upstreamTlsOptions.parse({ ca: pem('ca.pem'), serverName: 'other.example' })
    const fixture = await splice({ kind: 'tcp', host: 'localhost', port }, { upstreamTls })
    expect((await fetch(`http://127.0.0.1:${fixture.port}/`)).status).toBe(503)
  })

  test('may be left unverified', async () => {
    const { port } = await serve(answer())
    const upstreamTls = upstreamTlsOptions.parse({ verify: false })
    const fixture = await splice({ kind: 'tcp', host: 'localhost', port }, { upstreamTls })
    expect(await (await fetch(`http://127.0.0.1:${fixture.port}/`)).text()).toBe('sealed')
  })
})

test('TLS without configuration is passed through, from the client to the model server', async () => {
  const upstream = await serve(
    createHttpsServer(serverPair, (_incoming, response) => response.end('end to end')),
  )
  const { port, tap } = await splice(upstream, {})
  expect(await get(port)).toEqual({ text: 'end to end', certificateOf: 'first' })
  const first = () => [...tap.connections.values()][0]?.chunks[0][0]
  await until(() => first() !== undefined)
  expect(first()?.[0]).toBe(0x16)
})
