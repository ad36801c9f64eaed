/** modeltap watches a server by packet capture, with the real tcpdump: nothing of it is in the way of a request. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http'
import { request as secureRequest } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { mayCapture } from '../support/may-capture.ts'
import { runModeltap, type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'

const agent = new Agent({ keepAlive: true, maxSockets: 4 })
let server: Server
let port = 0
/** Paths that modeltap asked for. */
const questions = new Set<string>()

beforeAll(async () => {
  server = createServer((incoming, response) => {
    incoming.resume().once('end', () => {
      if (incoming.method === 'GET') {
        questions.add(incoming.url ?? '')
        response.setHeader('content-type', 'text/plain').end('theirs 1\n')
        return
      }
      response.setHeader('content-type', 'application/json')
      response.end('{"predictions":[0.5]}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  agent.destroy()
  server.close()
})

async function predict(x: number): Promise<number> {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path: '/v1/models/credit:predict',
    method: 'POST',
    agent,
  })
  outgoing.setHeader('content-type', 'application/json')
  outgoing.end(JSON.stringify({ instances: [{ x, y: x % 7 }] }))
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  return response.statusCode ?? 0
}

/** tcpdump throws away what it received before it says this, because it sets its filter after it opens the socket. */
async function listening(stderr: Readable): Promise<void> {
  let said = ''
  while (!said.includes('listening on')) said += String((await once(stderr, 'data')) as [Buffer])
}

/** Resolves when the recording has not grown for a second. */
async function quiet(file: string): Promise<void> {
  const size = (): number => (existsSync(file) ? statSync(file).size : 0)
  let before = -1
  while (size() !== before) {
    before = size()
    await new Promise((later) => setTimeout(later, 1_000))
  }
}

async function predictMany(count: number): Promise<void> {
  for (let at = 0; at < count; at += 4)
    expect(await Promise.all([at, at + 1, at + 2, at + 3].map(predict))).toEqual([200, 200, 200, 200])
}

const requestsOf = (exposition: string): number =>
  samples(exposition, 'modeltap_requests_total', { operation: 'predict', code: '200' }).reduce(
    (sum, { value }) => sum + value,
    0,
  )

const label = mayCapture() ? 'with tcpdump' : 'with tcpdump (skipped: this machine does not allow a capture)'

describe.skipIf(!mayCapture())(label, () => {
  let running: RunningModeltap | undefined

  beforeAll(async () => {
    running = await startModeltap(['--capture', String(port)], {
      MODELTAP_EVALUATION_INTERVAL: '200ms',
      MODELTAP_METADATA_ENABLED: 'true',
      MODELTAP_NEIGHBOUR_METRICS: `http://127.0.0.1:${port}/metrics`,
    })
  })
  afterAll(async () => {
    await running?.stop()
  })

  test('counts every call and reads its rows', async () => {
    await predictMany(400)
    await eventually(running as RunningModeltap, (exposition) => {
      expect(requestsOf(exposition)).toBe(400)
      expect(exposition).toMatch(/modeltap_model_info\{[^}]*model="credit"/)
      expect(exposition).toMatch(/^modeltap_capture_lost_bytes_total 0$/m)
      expect(exposition).toMatch(/^modeltap_capture_dropped_packets_total\{reason="kernel"\} 0$/m)
    })
  })

  test('what modeltap itself asks the server is no traffic', async () => {
    const own = running as RunningModeltap
    await eventually(own, (exposition) => expect(exposition).toMatch(/^theirs 1$/m))
    // One more round: questions of the first were captured by then, if any are.
    await new Promise((later) => setTimeout(later, 1_500))
    const exposition = await (await fetch(`${own.adminUrl}/metrics`)).text()
    expect(questions).toContain('/metrics')
    const all = samples(exposition, 'modeltap_requests_total', {}).reduce((sum, { value }) => sum + value, 0)
    expect(all).toBe(requestsOf(exposition))
  })

  test('starts tcpdump again when it is killed, while no request fails', async () => {
    const pid = Number(
      execFileSync('pgrep', ['-P', String(running?.child.pid), 'tcpdump'], { encoding: 'utf8' }),
    )
    process.kill(pid, 'SIGKILL')
    await predictMany(100)
    await eventually(running as RunningModeltap, (exposition) => {
      expect(exposition).toMatch(/^modeltap_capture_restarts_total 1$/m)
      expect(exposition).toMatch(/^modeltap_capture_up 1$/m)
    })
    const before = requestsOf(await (await fetch(`${running?.adminUrl}/metrics`)).text())
    await predictMany(100)
    await eventually(running as RunningModeltap, (exposition) =>
      expect(requestsOf(exposition) - before).toBeGreaterThanOrEqual(100),
    )
  })

  test('behind a proxy that ends TLS the plain side is read, and the other is counted and explained', async () => {
    const certificates = join(import.meta.dirname, '../splice/certificates')
    const pem = (name: string): Buffer => readFileSync(join(certificates, name))
    const mesh = createTlsServer({ key: pem('server.key'), cert: pem('server.pem') }, (outside) => {
      const inside = connect(port, '127.0.0.1')
      outside.pipe(inside).pipe(outside)
      outside.on('error', () => inside.destroy())
      inside.on('error', () => outside.destroy())
    })
    mesh.listen(0, '127.0.0.1')
    await once(mesh, 'listening')
    const meshPort = (mesh.address() as AddressInfo).port
    const own = await startModeltap(['--capture', `${meshPort},${port}`], {
      MODELTAP_EVALUATION_INTERVAL: '200ms',
    })
    try {
      for (let count = 0; count < 20; count += 1) {
        const outgoing = secureRequest({
          ...{ host: '127.0.0.1', port: meshPort, path: '/v1/models/credit:predict', method: 'POST' },
          ...{ rejectUnauthorized: false, agent: false, headers: { 'content-type': 'application/json' } },
        })
        outgoing.end('{"instances":[{"x":1,"y":2}]}')
        const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
        await once(response.resume(), 'end')
      }
      await eventually(own, (exposition) => {
        expect(requestsOf(exposition)).toBe(20)
        const [encrypted] = samples(exposition, 'modeltap_exchanges_unobserved_total', { reason: 'tls' })
        expect(encrypted?.value).toBe(20)
      })
      expect(own.log().split('a captured connection is encrypted')).toHaveLength(2)
    } finally {
      await own.stop()
      mesh.close()
    }
  })

  test('what tcpdump recorded is replayed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'modeltap-capture-'))
    try {
      const file = join(directory, 'traffic.pcap')
      const filter = `tcp port ${port}`
      const child = spawn(
        'tcpdump',
        ['-i', 'any', '-p', '-n', '-U', '-s', '262144', '-B', '16384', '-Z', 'root', '-w', file, filter],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      )
      await listening(child.stderr)
      await predictMany(200)
      await quiet(file)
      child.kill('SIGTERM')
      await once(child, 'close')
      expect(readFileSync(file).length).toBeGreaterThan(10_000)
      const { code, stdout } = await runModeltap(['replay', '--input', file, '--json', '-'])
      expect(code).toBe(0)
      // The other modeltap of this file may scrape the server in the meantime.
      expect(JSON.parse(stdout)).toMatchObject({ models: [{ model: 'credit', rows: 200 }] })
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})

test('a missing tcpdump is an error that names the next step', async () => {
  const { code, stderr } = await runModeltap(['run', '--capture', '8080', '--admin', '127.0.0.1:0'], {
    MODELTAP_CAPTURE_PROGRAM: '/nowhere/tcpdump',
  })
  expect(code).toBe(1)
  expect(stderr).toMatch(/port 8080 cannot be captured.*ENOENT/)
  expect(stderr).toMatch(/apt-get install tcpdump/)
})
