import { once } from 'node:events'
import http2, { type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Player, type Recorded, type Recording, type Step } from './script.ts'
import { listen, portOf, type Tee, tee } from './tee.ts'

interface Answer {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: string
  readonly trailers: Record<string, unknown>
}

async function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string | Buffer,
): Promise<Answer> {
  const request = session.request(headers, { endStream: body === undefined })
  const parts: Buffer[] = []
  let trailers: Record<string, unknown> = {}
  request.on('trailers', (fields) => (trailers = fields))
  request.on('data', (part: Buffer) => parts.push(part))
  const ended = once(request, 'close')
  const [response] = (
    await Promise.all([once(request, 'response'), body === undefined ? undefined : request.end(body)])
  )[0] as [Record<string, unknown>]
  await ended
  return {
    status: Number(response[':status']),
    headers: response,
    body: Buffer.concat(parts).toString('latin1'),
    trailers,
  }
}

const server = http2.createServer({
  paddingStrategy: http2.constants.PADDING_STRATEGY_MAX,
  settings: { maxConcurrentStreams: 4000, maxHeaderListSize: 1 << 20, headerTableSize: 256 },
  maxSessionMemory: 1000,
})
server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
  const path = headers[':path'] ?? ''
  const parts: Buffer[] = []
  stream.on('error', () => undefined)
  stream.on('data', (part: Buffer) => parts.push(part))
  if (path === '/early') {
    stream.respond({ ':status': 413 })
    stream.end('too much')
    return
  }
  if (path === '/never') return
  if (path === '/reset') {
    stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)
    return
  }
  if (path === '/half') {
    stream.respond({ ':status': 200 })
    stream.write('half')
    return
  }
  stream.on('end', () => {
    const body = Buffer.concat(parts)
    if (path === '/push') {
      stream.pushStream({ ':path': '/pushed' }, (_error, pushed) => {
        pushed.respond({ ':status': 200, 'x-pushed': 'yes' })
        pushed.end('pushed')
      })
    }
    if (path === '/hints') stream.additionalHeaders({ ':status': 103, link: '</a>' })
    if (path === '/trailers') {
      stream.respond({ ':status': 200 }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }))
      stream.end('with trailers')
      return
    }
    const size = Number(headers['x-size'] ?? -1)
    stream.respond({
      ':status': Number(headers['x-status'] ?? 200),
      'x-echo': headers['x-echo'] ?? '',
      'content-type': 'text/plain',
    })
    stream.end(size < 0 ? body : Buffer.alloc(size, 'z'))
  })
})

let relay: Tee
beforeAll(async () => {
  await listen(server)
  relay = await tee(portOf(server))
})
afterAll(async () => {
  await relay.close()
  server.close()
})

const closed = (stream: http2.Http2Stream): Promise<void> =>
  new Promise((resolve) => (stream.closed && stream.destroyed ? resolve() : stream.once('close', resolve)))

async function withSession(
  use: (session: ClientHttp2Session) => Promise<void>,
  options: http2.ClientSessionOptions = {},
): Promise<Step[]> {
  const session = http2.connect(`http://127.0.0.1:${relay.port}`, { maxSessionMemory: 1000, ...options })
  session.on('error', () => undefined)
  session.on('stream', (pushed) => pushed.resume())
  const index = relay.transcripts.length
  await once(session, 'connect')
  await use(session)
  if (!session.destroyed) session.close()
  if (!session.closed || !session.destroyed) await once(session, 'close').catch(() => undefined)
  const steps = relay.transcripts[index] ?? []
  await expect.poll(() => steps.at(-1)).toEqual({ event: 'close' })
  return steps
}

const play = (steps: readonly Step[], cutsOf?: (bytes: number) => number[]): Recording =>
  new Player().play(steps, 1, cutsOf).recording
const line = ({ method, target, status, outcome, request, response }: Recorded): string =>
  `${method} ${target} ${status} ${outcome} |${request.body}|${response.body}`

describe('node:http2', () => {
  test('requests and responses in sequence, in any pieces', async () => {
    const steps = await withSession(async (session) => {
      await ask(session, { ':path': '/a', 'x-echo': 'first' })
      await ask(session, { ':method': 'POST', ':path': '/b?c=d' }, 'hello')
      await ask(session, { ':path': '/hints' })
      await ask(session, { ':path': '/trailers' })
      await ask(session, { ':path': '/nowhere', 'x-status': '404' })
      await ask(session, { ':method': 'HEAD', ':path': '/a', 'x-status': '500' })
      await ask(session, { ':path': '/push' })
    })
    const whole = play(steps)
    expect(whole.exchanges.map(line)).toEqual([
      'GET /a 200 success ||',
      'POST /b?c=d 200 success |hello|hello',
      'GET /hints 200 success ||',
      'GET /trailers 200 success ||with trailers',
      'GET /nowhere 404 client_error ||',
      'HEAD /a 500 server_error ||',
      'GET /push 200 success ||',
    ])
    expect(whole.unobserved).toEqual({})
    expect(whole.idle.at(-1)).toBe(true)
    const longest = Math.max(
      ...steps.map((step) =>
        'client' in step ? step.client.length : 'server' in step ? step.server.length : 0,
      ),
    )
    for (let cut = 1; cut < Math.min(longest, 600); cut += 1) expect(play(steps, () => [cut])).toEqual(whole)
    expect(play(steps, (bytes) => Array.from({ length: bytes }, (_, index) => index))).toEqual(whole)
  })

  test('times are those of the first and last byte', async () => {
    const steps = await withSession(async (session) => {
      await ask(session, { ':method': 'POST', ':path': '/b' }, 'hello')
    })
    const [exchange] = play(steps).exchanges
    const { request, response } = exchange ?? {}
    expect(request?.firstByteMs).toBeGreaterThan(0)
    expect(request?.lastByteMs).toBeGreaterThanOrEqual(request?.firstByteMs ?? Number.NaN)
    expect(response?.firstByteMs).toBeGreaterThan(request?.lastByteMs ?? Number.NaN)
    expect(exchange?.endedMs).toBe(response?.lastByteMs)
  })

  test('bodies over the limit are cut and counted, under padding and flow control', async () => {
    const steps = await withSession(async (session) => {
      await ask(
        session,
        { ':method': 'POST', ':path': '/big', 'x-size': '300000' },
        Buffer.alloc(200_000, 'q'),
      )
    })
    const [exchange] = play(steps).exchanges
    expect(exchange?.request).toMatchObject({ bodyBytes: 200_000, truncated: true, body: 'q'.repeat(4096) })
    expect(exchange?.response).toMatchObject({ bodyBytes: 300_000, truncated: true, body: 'z'.repeat(4096) })
  })

  test('three thousand streams at once', async () => {
    const count = 3000
    const steps = await withSession(async (session) => {
      // Enough distinct values to evict the tables many times over.
      const asked = Array.from({ length: count }, (_, index) =>
        ask(
          session,
          {
            ':method': 'POST',
            ':path': `/n/${index}`,
            'x-echo': `value-${index}`,
            [`x-name-${index % 50}`]: 'v',
          },
          String(index),
        ),
      )
      const answers = await Promise.all(asked)
      expect(answers.map(({ headers }) => headers['x-echo'])).toEqual(
        answers.map((_, index) => `value-${index}`),
      )
    })
    const echoes: (string | undefined)[] = []
    let mostInFlight = 0
    const player = new Player({
      onExchange: ({ target, request, response }) => {
        expect(target).toBe(`/n/${Buffer.from(request.body).toString()}`)
        expect(Buffer.from(response.body).equals(Buffer.from(request.body))).toBe(true)
        echoes.push(response.header('x-echo'))
        mostInFlight = Math.max(mostInFlight, player.observer.inFlight)
      },
    })
    player.play(steps)
    expect(new Set(echoes)).toEqual(new Set(Array.from({ length: count }, (_, index) => `value-${index}`)))
    expect(mostInFlight).toBeGreaterThan(100)
    expect(player.observer.inFlight).toBe(0)
    expect(player.observer.copyBytes).toBe(0)
  })

  test('a header table that is larger, smaller and nothing', async () => {
    for (const headerTableSize of [0, 100, 65_536]) {
      const steps = await withSession(
        async (session) => {
          for (let index = 0; index < 40; index += 1) {
            await ask(session, {
              ':path': `/${index}`,
              'x-echo': `long value that is worth an entry ${index % 7}`,
            })
          }
          if (headerTableSize === 100) {
            session.settings({ headerTableSize: 4096 })
            for (let index = 0; index < 20; index += 1)
              await ask(session, { ':path': `/${index}`, 'x-echo': `again ${index % 3}` })
          }
        },
        { settings: { headerTableSize } },
      )
      const { exchanges, unobserved } = play(steps)
      expect(unobserved).toEqual({})
      expect(exchanges).toHaveLength(headerTableSize === 100 ? 60 : 40)
    }
  })

  test('heads in CONTINUATION frames, and heads beyond the limit', async () => {
    const steps = await withSession(
      async (session) => {
        await ask(session, { ':path': '/large', 'x-a': 'é~'.repeat(8000) })
        await ask(session, { ':path': '/after' })
      },
      { maxSendHeaderBlockLength: 1 << 20 },
    )
    const limits = { bodyBytes: 100, headerBytes: 100_000, connections: 10 }
    const roomy = new Player({ limits }).play(steps).recording
    expect(roomy.exchanges.map(({ target }) => target)).toEqual(['/large', '/after'])
    expect(roomy.unobserved).toEqual({})
    expect(play(steps)).toMatchObject({ exchanges: [], unobserved: { head_too_large: 1 } })
  })

  test('a field list beyond the limit loses its stream only', async () => {
    const steps = await withSession(async (session) => {
      await ask(session, { ':path': '/large', 'x-a': 'aaaaaaaa'.repeat(1000) })
      await ask(session, { ':path': '/after' })
    })
    // The block fits after compression, the list does not.
    const limits = { bodyBytes: 100, headerBytes: 6500, connections: 10 }
    const { exchanges, unobserved } = new Player({ limits }).play(steps).recording
    expect(exchanges.map(({ target }) => target)).toEqual(['/after'])
    expect(unobserved).toEqual({ head_too_large: 1 })
  })

  test('who ended a stream decides its outcome', async () => {
    const steps = await withSession(async (session) => {
      const never = session.request({ ':path': '/never' })
      never.on('error', () => undefined)
      await new Promise((resolve) => session.ping(resolve))
      never.close(http2.constants.NGHTTP2_CANCEL)
      await closed(never)
      const half = session.request({ ':path': '/half' })
      half.on('error', () => undefined)
      await once(half, 'data')
      half.close(http2.constants.NGHTTP2_CANCEL)
      await closed(half)
      const reset = session.request({ ':path': '/reset' })
      reset.on('error', () => undefined)
      await closed(reset)
      const early = session.request({ ':method': 'POST', ':path': '/early' }, { endStream: false })
      early.resume()
      early.on('error', () => undefined)
      await once(early, 'end')
      early.close()
      await closed(early)
    })
    expect(play(steps).exchanges.map(line)).toEqual([
      'GET /never 0 aborted ||',
      'GET /half 200 aborted ||half',
      'GET /reset 0 upstream_closed ||',
      'POST /early 413 client_error ||too much',
    ])
  })

  test('streams open at the end of the connection', async () => {
    const byClient = await withSession(async (session) => {
      session.request({ ':path': '/never' }).on('error', () => undefined)
      await new Promise((resolve) => session.ping(resolve))
      session.destroy()
    })
    expect(play(byClient).exchanges.map(line)).toEqual(['GET /never 0 aborted ||'])
    const byServer = await withSession(async (session) => {
      session.request({ ':path': '/never' }).on('error', () => undefined)
      const serverSession = new Promise<http2.ServerHttp2Session>((resolve) =>
        server.once('stream', (stream) => resolve(stream.session as http2.ServerHttp2Session)),
      )
      ;(await serverSession).destroy()
      await once(session, 'close')
    })
    expect(play(byServer).exchanges.map(line)).toEqual(['GET /never 0 upstream_closed ||'])
  })
})
