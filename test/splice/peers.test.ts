/** Real clients and servers on both sides of the splice: what they speak arrives as it was sent, when it was sent. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type RequestListener } from 'node:http'
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo, Server, Socket } from 'node:net'
import {
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientWritableStream,
  credentials,
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  makeGenericClientConstructor,
  Server as GrpcServer,
  ServerCredentials,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { closed, spliceTo, tcpClient, tcpServer } from './fixture.ts'

let cleanup: (() => unknown)[] = []
beforeEach(() => {
  cleanup = []
})
afterEach(async () => {
  for (const step of cleanup.reverse()) await step()
})

/** The port of a splice before that port. */
async function through(port: number): Promise<number> {
  const fixture = await spliceTo({ upstream: { kind: 'tcp', host: '127.0.0.1', port } })
  cleanup.push(() => fixture.stop())
  return fixture.port
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** An HTTP/1.1 server behind a splice; its port. */
async function http(handler: RequestListener): Promise<number> {
  const server = createServer(handler)
  const port = await portOf(server)
  cleanup.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return through(port)
}

/** A server that knows nothing of HTTP; the port of the splice before it. */
async function tcp(handler: (socket: Socket) => void): Promise<number> {
  const peer = await tcpServer(handler)
  cleanup.push(() => peer.stop())
  return through(peer.port)
}

async function textOf(message: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of message) text += String(chunk)
  return text
}

/** Everything a socket receives until it ends. */
async function conversation(port: number, ...pieces: readonly string[]): Promise<string> {
  const socket = await tcpClient(port)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  for (const piece of pieces) socket.write(piece)
  await closed(socket)
  return text
}

describe('HTTP/1', () => {
  test('1.0 without a length: the body ends with the connection', async () => {
    const port = await http((_incoming, response) => {
      response.useChunkedEncodingByDefault = false
      response.write('one ')
      response.end('two')
    })
    const answer = await conversation(port, 'GET / HTTP/1.0\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer.split('\r\n\r\n')[1]).toBe('one two')
  })

  test('pipelined requests are answered in order', async () => {
    const port = await http((incoming, response) => response.end(`<${incoming.url}>`))
    const head = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`
    const answer = await conversation(port, head('/1') + head('/2') + head('/3', 'Connection: close\r\n'))
    expect(answer.match(/<[^>]+>/g)).toEqual(['</1>', '</2>', '</3>'])
  })

  test('Expect: 100-continue is answered by the server, before the body is sent', async () => {
    const port = await http((incoming, response) => void textOf(incoming).then((text) => response.end(text)))
    const sent = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { expect: '100-continue' },
      agent: false,
    })
    sent.flushHeaders()
    await once(sent, 'continue')
    sent.end('the body')
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect(await textOf(response)).toBe('the body')
  })

  test('trailers arrive in both directions', async () => {
    const port = await http((incoming, response) => {
      response.writeHead(200, { trailer: 'x-sum' })
      void textOf(incoming).then(() => {
        response.addTrailers({ 'x-sum': String(incoming.trailers['x-asked']) })
        response.end('body')
      })
    })
    const sent = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { trailer: 'x-asked' },
      agent: false,
    })
    sent.write('chunk')
    sent.addTrailers({ 'x-asked': '42' })
    sent.end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect(await textOf(response)).toBe('body')
    expect(response.trailers).toEqual({ 'x-sum': '42' })
  })

  test('a server may answer and close before the request has ended', async () => {
    const port = await tcp((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n\r\nno'))
    })
    const socket = await tcpClient(port)
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nthe beginning')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 413 /)
    socket.destroy()
  })

  test('a client that gives up is a client that gives up for the server as well', async () => {
    let isAborted: () => void = () => undefined
    const aborted = new Promise<void>((resolve) => (isAborted = resolve))
    const port = await http((incoming) => incoming.socket.once('close', isAborted))
    const socket = await tcpClient(port)
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
    socket.resetAndDestroy()
    await aborted
  })
})

test('server-sent events arrive one by one, each before the next is sent', async () => {
  let send: (event: string) => void = () => undefined
  const port = await http((_incoming, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    send = (event) => void response.write(`data: ${event}\n\n`)
  })
  const sent = request({ port, host: '127.0.0.1', agent: false })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  for (const event of ['a', 'b', 'c', 'd']) {
    // Would wait for ever if the splice waited for more.
    send(event)
    const [chunk] = (await once(response, 'data')) as [Buffer]
    expect(chunk.toString()).toBe(`data: ${event}\n\n`)
  }
  sent.destroy()
})

test('WebSocket: text, binary, fragments, ping and close, from both sides', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  cleanup.push(() => server.close())
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  const client = new WebSocket(`ws://127.0.0.1:${await through((server.address() as AddressInfo).port)}`)
  await once(client, 'open')
  client.send('text')
  expect(String(((await once(client, 'message')) as [Buffer])[0])).toBe('text')
  const large = Buffer.alloc(700_000, 'xyz')
  client.send(large.subarray(0, 300_000), { fin: false })
  client.send(large.subarray(300_000), { fin: true })
  expect(((await once(client, 'message')) as [Buffer])[0].equals(large)).toBe(true)
  client.ping('are you there')
  expect(String(((await once(client, 'pong')) as [Buffer])[0])).toBe('are you there')
  client.close(4001, 'enough')
  expect(((await once(client, 'close')) as [number])[0]).toBe(4001)
})

test('HTTP/2 with prior knowledge: many streams at once, flow control, trailers', async () => {
  const server = createHttp2Server()
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-path': String(headers[':path']) }))
    stream.pipe(stream)
  })
  const port = await portOf(server)
  cleanup.push(() => server.close())
  const session = connectHttp2(`http://127.0.0.1:${await through(port)}`)
  const body = Buffer.alloc(300_000, 'h2')
  const calls = Array.from({ length: 20 }, async (_, i) => {
    const stream = session.request({ ':method': 'POST', ':path': `/${i}` })
    let trailer: unknown
    stream.on('trailers', (trailers) => (trailer = trailers['x-path']))
    stream.end(body)
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).equals(body)).toBe(true)
    expect(trailer).toBe(`/${i}`)
  })
  await Promise.all(calls)
  session.close()
  await once(session, 'close')
})

describe('gRPC', () => {
  const bytes = (value: Buffer): Buffer => value
  const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
    path: `/test.Model/${name}`,
    requestStream,
    responseStream,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  })
  const service = {
    unary: method('Unary', false, false),
    download: method('Download', false, true),
    upload: method('Upload', true, false),
    both: method('Both', true, true),
  } satisfies ServiceDefinition

  type Done = (error: Error | null, answer?: Buffer) => void
  interface ModelClient extends Client {
    unary: (request: Buffer, done: Done) => void
    download: (request: Buffer) => ClientReadableStream<Buffer>
    upload: (done: Done) => ClientWritableStream<Buffer>
    both: () => ClientDuplexStream<Buffer, Buffer>
  }

  const unary: handleUnaryCall<Buffer, Buffer> = ({ request: asked }, done) =>
    asked.length === 0
      ? done({ code: status.INVALID_ARGUMENT, details: 'empty' })
      : done(null, Buffer.concat([asked, asked]))
  const download: handleServerStreamingCall<Buffer, Buffer> = (call) => {
    for (let i = 0; i < 5; i += 1) call.write(Buffer.from([i]))
    call.end()
  }
  const upload: handleClientStreamingCall<Buffer, Buffer> = (call, done) => {
    let total = 0
    call.on('data', (part: Buffer) => (total += part.length))
    call.on('end', () => done(null, Buffer.from(String(total))))
  }
  const both: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
    call.on('data', (part: Buffer) => call.write(part))
    call.on('end', () => call.end())
  }

  let client: ModelClient
  beforeEach(async () => {
    const server = new GrpcServer()
    server.addService(service, { unary, download, upload, both })
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      )
    })
    cleanup.push(() => server.forceShutdown())
    const ModelService = makeGenericClientConstructor(service, 'Model')
    client = new ModelService(
      `127.0.0.1:${await through(port)}`,
      credentials.createInsecure(),
    ) as unknown as ModelClient
    cleanup.push(() => client.close())
  })

  const call = (asked: Buffer): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      client.unary(asked, (error, answer) => (answer === undefined ? reject(error) : resolve(answer)))
    })

  test('unary, with its status', async () => {
    expect(await call(Buffer.from('ab'))).toEqual(Buffer.from('abab'))
    await expect(call(Buffer.alloc(0))).rejects.toMatchObject({ code: status.INVALID_ARGUMENT })
  })

  test('a stream of the server', async () => {
    const parts: Buffer[] = []
    for await (const part of client.download(Buffer.from('x'))) parts.push(part as Buffer)
    expect(parts).toEqual([0, 1, 2, 3, 4].map((i) => Buffer.from([i])))
  })

  test('a stream of the client', async () => {
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const stream = client.upload((error, result) =>
        result === undefined ? reject(error) : resolve(result),
      )
      for (let i = 0; i < 10; i += 1) stream.write(Buffer.alloc(50_000))
      stream.end()
    })
    expect(String(answer)).toBe('500000')
  })

  test('both at once, each message answered before the next is sent', async () => {
    const stream = client.both()
    for (const text of ['one', 'two', 'three']) {
      stream.write(Buffer.from(text))
      const [echoed] = (await once(stream, 'data')) as [Buffer]
      expect(String(echoed)).toBe(text)
    }
    stream.end()
    await once(stream.resume(), 'end')
  })
})
