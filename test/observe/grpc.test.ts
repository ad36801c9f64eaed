import { gzipSync } from 'node:zlib'
import * as grpc from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Exchange } from '../../src/observe/exchange.ts'
import { grpcMessages, outcomeOfGrpcStatus } from '../../src/observe/grpc.ts'
import { Player, type Step } from './script.ts'
import { type Tee, tee } from './tee.ts'

const raw = (bytes: Buffer): Buffer => bytes
const method = (
  path: string,
  requestStream: boolean,
  responseStream: boolean,
): grpc.MethodDefinition<Buffer, Buffer> => ({
  path: `/test.Echo/${path}`,
  requestStream,
  responseStream,
  requestSerialize: raw,
  requestDeserialize: raw,
  responseSerialize: raw,
  responseDeserialize: raw,
})
const service = {
  unary: method('Unary', false, false),
  download: method('Download', false, true),
  upload: method('Upload', true, false),
  chat: method('Chat', true, true),
  fail: method('Fail', false, false),
  never: method('Never', false, false),
}

const server = new grpc.Server()
server.addService(service, {
  unary: ({ request }: { request: Buffer }, done: grpc.sendUnaryData<Buffer>) => done(null, request),
  download: (call: grpc.ServerWritableStream<Buffer, Buffer>) => {
    for (let index = 0; index < 3; index += 1) call.write(Buffer.from(`part ${index}`))
    call.end()
  },
  upload: (call: grpc.ServerReadableStream<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
    const parts: Buffer[] = []
    call.on('data', (part: Buffer) => parts.push(part))
    call.on('end', () => done(null, Buffer.concat(parts)))
  },
  chat: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
    call.on('data', (part: Buffer) => call.write(part))
    call.on('end', () => call.end())
  },
  fail: ({ request }: { request: Buffer }, done: grpc.sendUnaryData<Buffer>) =>
    done({ code: Number(request.toString()), details: 'as asked' }),
  never: () => undefined,
})

let relay: Tee
beforeAll(async () => {
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  relay = await tee(port)
})
afterAll(async () => {
  await relay.close()
  server.forceShutdown()
})

interface Call {
  readonly target: string
  readonly status: number
  readonly grpcStatus: number | undefined
  readonly outcome: string
  readonly sent: string[]
  readonly received: string[]
}

const texts = ({ body, header }: Exchange['request']): string[] => {
  const { messages, truncated, failure } = grpcMessages(body, header('grpc-encoding'), 1 << 20)
  expect(truncated).toBe(false)
  expect(failure).toBeUndefined()
  return messages.map((message) => Buffer.from(message).toString())
}

/** Runs calls through the relay and returns what the observer made of them. */
async function calls(
  run: (client: grpc.Client) => Promise<unknown>,
  options: grpc.ClientOptions = {},
): Promise<Call[]> {
  const index = relay.transcripts.length
  const client = new grpc.Client(`127.0.0.1:${relay.port}`, grpc.credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    ...options,
  })
  await run(client)
  client.close()
  const steps = relay.transcripts[index] as Step[]
  await expect.poll(() => steps.at(-1)).toEqual({ event: 'close' })
  const seen: Call[] = []
  const player = new Player({
    onExchange: (exchange) =>
      seen.push({
        target: exchange.target,
        status: exchange.status,
        grpcStatus: exchange.grpcStatus,
        outcome: exchange.outcome,
        sent: texts(exchange.request),
        received: texts(exchange.response),
      }),
  })
  player.play(steps)
  expect(player.unobserved).toEqual({})
  expect(player.observer.inFlight).toBe(0)
  return seen
}

type Unary = keyof typeof service
const unary = (
  client: grpc.Client,
  name: Unary,
  body: string,
  options: grpc.CallOptions = {},
): Promise<number> =>
  new Promise((resolve) =>
    client.makeUnaryRequest(service[name].path, raw, raw, Buffer.from(body), options, (error) =>
      resolve(error?.code ?? grpc.status.OK),
    ),
  )

describe('@grpc/grpc-js', () => {
  test('unary calls, several at once', async () => {
    const seen = await calls((client) =>
      Promise.all(['one', 'two', 'three'].map((body) => unary(client, 'unary', body))),
    )
    expect(seen.sort((a, b) => String(a.sent).localeCompare(String(b.sent)))).toEqual(
      ['one', 'three', 'two'].map((body) => ({
        target: '/test.Echo/Unary',
        status: 200,
        grpcStatus: 0,
        outcome: 'success',
        sent: [body],
        received: [body],
      })),
    )
  })

  test('streams of the server, of the client, of both', async () => {
    const seen = await calls(async (client) => {
      const download = client.makeServerStreamRequest(service.download.path, raw, raw, Buffer.from('go'))
      await new Promise((resolve) => download.on('data', () => undefined).on('end', resolve))
      await new Promise((resolve) => {
        const upload = client.makeClientStreamRequest(service.upload.path, raw, raw, resolve)
        for (const part of ['a', 'b', 'c']) upload.write(Buffer.from(part))
        upload.end()
      })
      const chat = client.makeBidiStreamRequest(service.chat.path, raw, raw)
      await new Promise((resolve) => {
        let answers = 0
        chat.on('end', resolve)
        chat.on('data', () => {
          answers += 1
          if (answers < 4) chat.write(Buffer.from(`turn ${answers}`))
          else chat.end()
        })
        chat.write(Buffer.from('turn 0'))
      })
    })
    const success = { status: 200, grpcStatus: 0, outcome: 'success' }
    const turns = ['turn 0', 'turn 1', 'turn 2', 'turn 3']
    expect(seen).toEqual([
      { target: '/test.Echo/Download', ...success, sent: ['go'], received: ['part 0', 'part 1', 'part 2'] },
      { target: '/test.Echo/Upload', ...success, sent: ['a', 'b', 'c'], received: ['abc'] },
      { target: '/test.Echo/Chat', ...success, sent: turns, received: turns },
    ])
  })

  test('every status code has its outcome', async () => {
    const codes = Array.from({ length: 16 }, (_, index) => index + 1)
    const seen = await calls(async (client) => {
      for (const code of codes) expect(await unary(client, 'fail', String(code))).toBe(code)
    })
    expect(seen.map(({ grpcStatus }) => grpcStatus)).toEqual(codes)
    expect(
      seen.filter(({ outcome }) => outcome === 'server_error').map(({ grpcStatus }) => grpcStatus),
    ).toEqual([2, 4, 12, 13, 14, 15])
    expect(seen.filter(({ outcome }) => outcome === 'client_error')).toHaveLength(10)
  })

  test('a method that does not exist, a deadline, a cancellation', async () => {
    const seen = await calls(async (client) => {
      await new Promise((resolve) =>
        client.makeUnaryRequest('/test.Echo/Nothing', raw, raw, Buffer.from(''), resolve),
      )
      expect(await unary(client, 'never', 'late', { deadline: Date.now() + 50 })).toBe(
        grpc.status.DEADLINE_EXCEEDED,
      )
      await new Promise((resolve) => {
        const call = client.makeUnaryRequest(service.never.path, raw, raw, Buffer.from('gone'), resolve)
        setTimeout(() => call.cancel(), 20)
      })
    })
    expect(seen.map(({ target }) => target)).toEqual([
      '/test.Echo/Nothing',
      '/test.Echo/Never',
      '/test.Echo/Never',
    ])
    expect(seen[0]).toMatchObject({ grpcStatus: grpc.status.UNIMPLEMENTED, outcome: 'server_error' })
    // Client and server watch the deadline both; whoever is first ends the call.
    expect(['undefined aborted', '4 server_error']).toContain(`${seen[1]?.grpcStatus} ${seen[1]?.outcome}`)
    expect(seen[2]).toMatchObject({ grpcStatus: undefined, outcome: 'aborted' })
  })

  test('compressed messages', async () => {
    const body = 'compress me '.repeat(100)
    const seen = await calls((client) => unary(client, 'unary', body), {
      'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip,
    })
    expect(seen.map(({ sent, received }) => [sent, received])).toEqual([[[body], [body]]])
  })
})

describe('grpcMessages', () => {
  const framed = (message: Buffer, flag = 0): Buffer => {
    const prefix = Buffer.alloc(5)
    prefix[0] = flag
    prefix.writeUInt32BE(message.length, 1)
    return Buffer.concat([prefix, message])
  }
  const plain = framed(Buffer.from('plain'))
  const zipped = framed(gzipSync('zipped'), 1)
  const read = (body: Buffer, encoding?: string, maxBytes = 1000): unknown => {
    const { messages, truncated, failure } = grpcMessages(body, encoding, maxBytes)
    return { messages: messages.map((message) => Buffer.from(message).toString()), truncated, failure }
  }

  test.each([
    ['nothing', Buffer.alloc(0), undefined, { messages: [], truncated: false, failure: undefined }],
    [
      'an empty message',
      framed(Buffer.alloc(0)),
      undefined,
      { messages: [''], truncated: false, failure: undefined },
    ],
    [
      'plain and compressed in turn',
      Buffer.concat([plain, zipped, plain]),
      'gzip',
      { messages: ['plain', 'zipped', 'plain'], truncated: false, failure: undefined },
    ],
    [
      'a cut prefix',
      Buffer.concat([plain, plain.subarray(0, 4)]),
      undefined,
      { messages: ['plain'], truncated: true, failure: undefined },
    ],
    [
      'a cut message',
      Buffer.concat([plain, plain.subarray(0, 8)]),
      undefined,
      { messages: ['plain'], truncated: true, failure: undefined },
    ],
    [
      'an immense length',
      Buffer.from([0, 255, 255, 255, 255, 1]),
      undefined,
      { messages: [], truncated: true, failure: undefined },
    ],
    [
      'compressed without an encoding',
      zipped,
      undefined,
      { messages: [], truncated: false, failure: 'encoding-unknown' },
    ],
    [
      'compressed by something else',
      zipped,
      'snappy',
      { messages: [], truncated: false, failure: 'encoding-unknown' },
    ],
    [
      'compressed and broken',
      framed(Buffer.from('not gzip'), 1),
      'gzip',
      { messages: [], truncated: false, failure: 'encoding-broken' },
    ],
    [
      'compressed and incomplete',
      framed(gzipSync('zipped').subarray(0, 12), 1),
      'gzip',
      { messages: [], truncated: false, failure: 'encoding-broken' },
    ],
    [
      'a bomb',
      framed(gzipSync(Buffer.alloc(100_000)), 1),
      'gzip',
      { messages: [], truncated: true, failure: undefined },
    ],
    [
      'more than permitted',
      framed(Buffer.alloc(1001)),
      undefined,
      { messages: [], truncated: true, failure: undefined },
    ],
  ])('%s', (_, body, encoding, expected) => {
    expect(read(body, encoding)).toEqual(expected)
  })

  test('of which there may be ten thousand', () => {
    const { messages, truncated } = grpcMessages(Buffer.alloc(5 * 10_001), undefined, 1000)
    expect([messages.length, truncated]).toEqual([10_000, true])
  })
})

test.each([
  [undefined, 200, 'server_error'],
  [undefined, 404, 'client_error'],
  [undefined, 503, 'server_error'],
  [0, 200, 'success'],
])('gRPC status %s with HTTP status %s is %s', (grpcStatus, status, outcome) => {
  expect(outcomeOfGrpcStatus(grpcStatus, status)).toBe(outcome)
})
