import { Agent, get } from 'node:http'
import { request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { UPSTREAM } from '../../src/ring/control.ts'
import { type AdminFixture, startAdmin } from './fixture.ts'

const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'

let running: AdminFixture[] = []

afterEach(async () => {
  for (const fixture of running) await fixture.close()
  running = []
})

async function start(...overrides: Parameters<typeof startAdmin>): Promise<AdminFixture> {
  const fixture = await startAdmin(...overrides)
  running.push(fixture)
  return fixture
}

describe('/metrics', () => {
  test('answers plain text to who asks for nothing else', async () => {
    const { url } = await start()
    const response = await fetch(`${url}/metrics`, {
      headers: { accept: '*/*', 'accept-encoding': 'identity' },
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await response.text()
    expect(text).toContain('modeltap_predictions_total{model="credit-risk",version="3"} 1000\n')
    expect(text).toMatch(/^process_cpu_seconds_total \d/m)
    expect(text).not.toContain('# EOF')
  })

  test('answers OpenMetrics, compressed, to Prometheus 3', async () => {
    const { url } = await start()
    const { headers, body } = await rawGet(`${url}/metrics`, {
      accept: PROMETHEUS_3,
      'accept-encoding': 'gzip',
    })
    expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
    expect(headers['content-encoding']).toBe('gzip')
    const text = gunzipSync(body).toString()
    expect(text).toContain('# TYPE modeltap_predictions counter\n')
    expect(text.endsWith('\n# EOF\n')).toBe(true)
  })

  test('answers 503 and a problem when a metric cannot be collected', async () => {
    const { url } = await start({ exposition: failingExposition })
    const response = await fetch(`${url}/metrics`)
    expect(response.status).toBe(503)
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect(await response.json()).toMatchObject({ status: 503, title: 'Service Unavailable' })
  })
})

describe('probes', () => {
  test('behind another request on the same connection, analysis answers what the main thread would', async () => {
    const { url, control } = await start()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = (path: string): Promise<[number | undefined, unknown]> =>
      new Promise((resolve, reject) => {
        get(`${url}${path}`, { agent }, (response) => {
          let text = ''
          response.on('data', (chunk: Buffer) => (text += chunk.toString()))
          response.on('end', () => resolve([response.statusCode, JSON.parse(text)]))
        }).on('error', reject)
      })
    const alone = [await ask('/healthz'), await ask('/readyz')]
    expect(alone.map(([status]) => status)).toEqual([200, 200])
    await ask('/api/v1/models')
    expect([await ask('/healthz'), await ask('/readyz')]).toEqual(alone)
    control.upstreamState = UPSTREAM.UNREACHABLE
    expect(await ask('/healthz')).toMatchObject([200, { status: 'ok' }])
    expect(await ask('/readyz')).toMatchObject([503, { status: 'failing' }])
    agent.destroy()
  })
})

describe('the API', () => {
  test('lists scores, the furthest above its threshold first, and filters', async () => {
    const { url } = await start()
    const all = (await (await fetch(`${url}/api/v1/drift`)).json()) as { scores: Record<string, unknown>[] }
    expect(all.scores.map(({ column, statistic }) => [column, statistic])).toEqual([
      ['age', 'psi'],
      ['age', 'deviation'],
      ['age', 'ks'],
      ['risk', 'psi'],
    ])
    expect(all.scores[0]).toMatchObject({ model: 'credit-risk', value: 0.312, threshold: 0.1, drifted: true })
    const some = (await (
      await fetch(`${url}/api/v1/drift?role=prediction&statistic=psi`)
    ).json()) as typeof all
    expect(some.scores.map(({ column }) => column)).toEqual(['risk'])
  })

  test('tells models and status', async () => {
    const { url } = await start()
    expect(await (await fetch(`${url}/api/v1/models`)).json()).toMatchObject({
      models: [
        { model: 'credit-risk', features: [{ name: 'age', kind: 'numeric' }, { kind: 'categorical' }] },
        { model: 'churn', baseline: { state: 'learning' } },
      ],
    })
    expect(await (await fetch(`${url}/api/v1/status`)).json()).toMatchObject({
      upstream: '127.0.0.1:8080',
      uptimeSeconds: 3605,
      recentFailures: [{ reason: 'not-json' }],
    })
  })
})

describe('whatever else is asked', () => {
  test('an unknown path is a 404 that lists the known ones', async () => {
    const { url } = await start()
    const response = await fetch(`${url}/metric`)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('/metrics, /healthz') })
  })

  test('another method is a 405 that names the right one', async () => {
    const { url } = await start()
    const response = await fetch(`${url}/metrics`, { method: 'DELETE' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, HEAD')
  })

  test('HEAD is answered without a body', async () => {
    const { url } = await start()
    const response = await fetch(`${url}/metrics`, { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
  })

  test('a path that does not decode is a 400, a bug a 500, both as problems', async () => {
    const { url } = await start({
      documents: [
        {
          path: '/api/v1/broken',
          read: () => {
            throw new Error('secret detail')
          },
        },
      ],
    })
    const malformed = await fetch(`${url}/%ff%zz`)
    expect(malformed.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect(malformed.status).toBeGreaterThanOrEqual(400)
    expect(malformed.status).toBeLessThan(500)
    const broken = await fetch(`${url}/api/v1/broken`)
    expect(broken.status).toBe(500)
    expect(await broken.text()).not.toContain('secret detail')
  })

  test('every answer tells the browser to keep its hands off', async () => {
    const { url } = await start()
    for (const path of ['/', '/metrics', '/healthz', '/nowhere']) {
      const { headers } = await fetch(url + path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('x-powered-by')).toBeNull()
    }
  })
})

const failingExposition = {
  render: () => Promise.reject(new Error('a metric could not be collected')),
  shutdown: () => Promise.resolve(),
} as never

/** fetch undoes the compression; this does not. */
function rawGet(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ headers: NodeJS.Dict<string | string[]>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }))
    })
      .on('error', reject)
      .end()
  })
}
