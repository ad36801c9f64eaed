/**
 * Captures the streams of real peers for the fuzz test: `node test/observe/capture-corpus.ts` writes
 * test/fixtures/observe/corpus.json, connections as lists of steps with base64 bytes. Run it again when a peer is to
 * be added; the result is committed, so that a fuzz seed means the same everywhere.
 */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import { gzipSync } from 'node:zlib'
import * as grpc from '@grpc/grpc-js'
import type { Step } from './script.ts'
import { listen, portOf, tee } from './tee.ts'

const transcripts: Step[][] = []

async function capture(upstreamPort: number, use: (port: number) => Promise<void>): Promise<void> {
  const relay = await tee(upstreamPort)
  await use(relay.port)
  await new Promise((resolve) => setTimeout(resolve, 100))
  await relay.close()
  transcripts.push(...relay.transcripts)
}

async function captureHttp1(): Promise<void> {
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = JSON.stringify({ predictions: [[0.1, 0.9]], received: Buffer.concat(parts).length })
      if (request.url === '/gzip') {
        response.setHeader('content-encoding', 'gzip')
        response.end(gzipSync(body))
      } else if (request.url === '/stream') {
        response.setHeader('content-type', 'text/event-stream')
        response.setHeader('trailer', 'x-sum')
        for (let index = 0; index < 3; index += 1) response.write(`data: ${index}\n\n`)
        response.addTrailers({ 'x-sum': '3' })
        response.end()
      } else if (request.url === '/close') {
        response.useChunkedEncodingByDefault = false
        response.setHeader('connection', 'close')
        response.end(body)
      } else if (request.url === '/none') {
        response.writeHead(204).end()
      } else {
        response.setHeader('content-length', body.length)
        response.end(body)
      }
    })
  })
  server.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\nhello')
  })
  await listen(server)
  const ask = (port: number, agent: http.Agent, options: http.RequestOptions, body?: string): Promise<void> =>
    new Promise((resolve) => {
      const request = http.request({ port, host: '127.0.0.1', agent, ...options }, (response) => {
        response.resume()
        response.on('end', resolve)
      })
      request.on('upgrade', (_response, socket) => {
        socket.destroy()
        resolve()
      })
      request.on('continue', () => request.end(body))
      if (options.headers !== undefined && 'expect' in options.headers) request.flushHeaders()
      else request.end(body)
    })
  await capture(portOf(server), async (port) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const instances = JSON.stringify({ instances: [[1, 2, 3, 4]] })
    await ask(
      port,
      agent,
      { path: '/v1/models/m:predict', method: 'POST', headers: { 'content-type': 'application/json' } },
      instances,
    )
    for (const path of ['/gzip', '/stream', '/none', '/plain?q=1']) await ask(port, agent, { path })
    await ask(
      port,
      agent,
      { path: '/chunks', method: 'PUT', headers: { 'transfer-encoding': 'chunked' } },
      instances,
    )
    await ask(
      port,
      agent,
      {
        path: '/expect',
        method: 'POST',
        headers: { expect: '100-continue', 'content-length': instances.length },
      },
      instances,
    )
    await ask(port, agent, { path: '/head', method: 'HEAD' })
    await ask(port, agent, { path: '/close' })
    await ask(port, new http.Agent(), { path: '/chat', headers: { connection: 'Upgrade', upgrade: 'chat' } })
    agent.destroy()
  })
  server.close()
}

async function captureHttp2(): Promise<void> {
  const server = http2.createServer({ paddingStrategy: http2.constants.PADDING_STRATEGY_MAX })
  server.on('stream', (stream: http2.ServerHttp2Stream, headers) => {
    stream.on('error', () => undefined)
    stream.resume()
    stream.respond({ ':status': 200, 'x-path': headers[':path'] ?? '' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }))
    stream.end('a body of some length')
  })
  await listen(server)
  await capture(portOf(server), async (port) => {
    const session = http2.connect(`http://127.0.0.1:${port}`)
    await Promise.all(
      Array.from({ length: 6 }, async (_, index) => {
        const stream = session.request({ ':method': 'POST', ':path': `/p/${index}`, 'x-a': `value ${index}` })
        stream.resume()
        stream.end('request body')
        if (index === 5) stream.close(http2.constants.NGHTTP2_CANCEL)
        await new Promise((resolve) => stream.on('close', resolve))
      }),
    )
    session.close()
    await once(session, 'close')
  })
  server.close()
}

async function captureGrpc(): Promise<void> {
  const raw = (bytes: Buffer): Buffer => bytes
  const echo = {
    path: '/inference.GRPCInferenceService/ModelInfer',
    requestStream: false,
    responseStream: false,
    requestSerialize: raw,
    requestDeserialize: raw,
    responseSerialize: raw,
    responseDeserialize: raw,
  }
  const server = new grpc.Server()
  server.addService(
    { echo },
    {
      echo: ({ request }: { request: Buffer }, done: grpc.sendUnaryData<Buffer>) =>
        request.length > 3
          ? done(null, request)
          : done({ code: grpc.status.INVALID_ARGUMENT, details: 'too short' }),
    },
  )
  const port = await new Promise<number>((resolve) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_error, bound) =>
      resolve(bound),
    ),
  )
  await capture(port, async (relayPort) => {
    const options = { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip }
    const client = new grpc.Client(`127.0.0.1:${relayPort}`, grpc.credentials.createInsecure(), options)
    for (const body of ['a message', 'no', 'another message '.repeat(20)]) {
      await new Promise<void>((resolve) =>
        client.makeUnaryRequest(echo.path, raw, raw, Buffer.from(body), () => resolve()),
      )
    }
    client.close()
  })
  server.forceShutdown()
}

await captureHttp1()
await captureHttp2()
await captureGrpc()

const encode = (step: Step): unknown => {
  if ('client' in step) return { client: Buffer.from(step.client as Buffer).toString('base64') }
  if ('server' in step) return { server: Buffer.from(step.server as Buffer).toString('base64') }
  return step
}
const file = new URL('../fixtures/observe/corpus.json', import.meta.url)
writeFileSync(
  file,
  `${JSON.stringify(
    transcripts.map((steps) => steps.map(encode)),
    undefined,
    1,
  )}\n`,
)
