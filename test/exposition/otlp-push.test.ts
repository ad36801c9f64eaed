import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Exposition } from '../../src/exposition/exposition.ts'
import { metricsUrl } from '../../src/exposition/exposition.ts'
import { OtlpPush } from '../../src/exposition/otlp-push.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { fixedExposition, recordTraffic } from './fixture.ts'
import { parseExposition } from './parse-exposition.ts'

interface Received {
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: OtlpRequest
}

/** The parts of an OTLP/JSON request that matter here. */
interface OtlpRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue?: string } }[] }
    readonly scopeMetrics: readonly { readonly metrics: readonly OtlpMetric[] }[]
  }[]
}

interface OtlpMetric {
  readonly name: string
  readonly unit: string
  readonly sum?: { readonly isMonotonic: boolean; readonly dataPoints: readonly { asDouble: number }[] }
  readonly gauge?: { readonly dataPoints: readonly { asDouble: number }[] }
  readonly histogram?: {
    readonly dataPoints: readonly { count: number; explicitBounds: readonly number[] }[]
  }
}

let server: Server
let received: Received[]
let status: number
let answer: string
let exposition: Exposition | undefined

beforeEach(async () => {
  received = []
  status = 200
  answer = '{}'
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as OtlpRequest
      received.push({ url: request.url ?? '', headers: request.headers, body })
      response.writeHead(status, { 'content-type': 'application/json' }).end(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  await exposition?.shutdown()
  exposition = undefined
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
})

const endpoint = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

test('what is pushed at shutdown has the names, units and values of the scrape', async () => {
  exposition = fixedExposition({
    otlp: { endpoint: `${endpoint()}/`, interval: '1h', headers: { authorization: 'Bearer collector' } },
  }).exposition
  recordTraffic(exposition)
  const { families } = parseExposition(await exposition.render('text'))
  await exposition.shutdown()
  exposition = undefined

  expect(received).toHaveLength(1)
  const [push] = received
  expect(push?.url).toBe('/v1/metrics')
  expect(push?.headers.authorization).toBe('Bearer collector')
  const [{ resource, scopeMetrics } = { resource: undefined, scopeMetrics: [] }] =
    push?.body.resourceMetrics ?? []
  expect(resource?.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'modeltap' } })

  const pushed = new Map(
    scopeMetrics.flatMap(({ metrics }) => metrics).map((metric) => [metric.name, metric]),
  )
  const own = families.filter(({ name }) => name.startsWith('modeltap_'))
  expect([...pushed.keys()].filter((name) => name.startsWith('modeltap_'))).toEqual(
    own.map(({ name }) => name),
  )
  for (const { name, type, samples } of own) {
    if (name.startsWith('modeltap_exposition_')) continue
    const metric = pushed.get(name)
    if (type === 'histogram') {
      const counts = samples.filter((sample) => sample.name === `${name}_count`).map(({ value }) => value)
      expect(metric?.histogram?.dataPoints.map(({ count }) => Number(count))).toEqual(counts)
    } else {
      const points = (type === 'counter' ? metric?.sum : metric?.gauge)?.dataPoints
      expect(points?.map(({ asDouble }) => asDouble)).toEqual(samples.map(({ value }) => value))
    }
    if (type === 'counter') expect(metric?.sum?.isMonotonic).toBe(true)
  }
  expect(pushed.get('modeltap_request_duration_seconds')?.unit).toBe('s')
})

test('a full path as endpoint is taken as it is', async () => {
  exposition = fixedExposition({
    otlp: { endpoint: `${endpoint()}/api/v1/otlp/v1/metrics`, interval: '1h' },
  }).exposition
  await exposition.shutdown()
  exposition = undefined
  expect(received.map(({ url }) => url)).toEqual(['/api/v1/otlp/v1/metrics'])
})

test('a receiver that refuses is counted, and nothing is thrown', async () => {
  status = 400
  exposition = fixedExposition({ otlp: { endpoint: endpoint(), interval: '100ms' } }).exposition
  await expect.poll(() => exposition?.stats().otlpExports?.failure, { timeout: 5000 }).toBeGreaterThan(0)
  status = 200
  await expect.poll(() => exposition?.stats().otlpExports?.success, { timeout: 5000 }).toBeGreaterThan(0)
  expect(await exposition.render('text')).toMatch(/^modeltap_otlp_exports_total\{outcome="failure"\} [1-9]/m)
})

test.each([
  ['/', '/v1/metrics'],
  ['/v1/metrics/', '/v1/metrics'],
  ['/v1/metrics', '/v1/metrics'],
  ['/otlp/', '/otlp/v1/metrics'],
  ['/otlp/v1/metrics///?tenant=a', '/otlp/v1/metrics?tenant=a'],
  ['/otlp?tenant=a', '/otlp/v1/metrics?tenant=a'],
])('the endpoint %s is pushed to at %s', (path, expected) => {
  expect(metricsUrl(`http://collector:4318${path}`)).toBe(`http://collector:4318${expected}`)
})

test('data points that the receiver refuses are counted, and told once', async () => {
  const warnings: unknown[] = []
  const logger = { ...silentLogger, warn: (...told: unknown[]) => void warnings.push(told) }
  answer = '{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"out of order"}}'
  exposition = fixedExposition({ otlp: { endpoint: endpoint(), interval: '100ms' }, logger }).exposition
  await expect.poll(() => exposition?.stats().otlpExports?.partial, { timeout: 5000 }).toBeGreaterThan(1)
  expect(warnings).toEqual([
    [{ rejectedDataPoints: 3, receiver: 'out of order' }, 'the OTLP receiver rejected some data points'],
  ])
  // Nothing was refused: the receiver only has something to say.
  answer = '{"partialSuccess":{"errorMessage":"please use a newer version"}}'
  await expect.poll(() => exposition?.stats().otlpExports?.success, { timeout: 5000 }).toBeGreaterThan(0)
  await expect.poll(() => warnings.length).toBe(2)
})

test('a push that is due while one is on its way is skipped, and counted', async () => {
  const exports: (() => void)[] = []
  const push = new OtlpPush({
    exporter: () =>
      Promise.resolve({
        export: (_metrics, done) => exports.push(() => done({ code: 0 })),
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      }),
    collect: () => Promise.resolve({ resource: null as never, scopeMetrics: [] }),
    logger: silentLogger,
  })
  const first = push.push()
  await push.push()
  expect(push.outcomes).toEqual({ success: 0, partial: 0, failure: 0, skipped: 1 })
  await expect.poll(() => exports.length).toBe(1)
  exports[0]?.()
  await first
  expect(push.outcomes).toEqual({ success: 1, partial: 0, failure: 0, skipped: 1 })
})

test('a collection that fails is a failed push', async () => {
  const push = new OtlpPush({
    exporter: () =>
      Promise.resolve({
        export: () => {
          throw new Error('not reached')
        },
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      }),
    collect: () => Promise.reject(new Error('a metric could not be collected')),
    logger: silentLogger,
  })
  await push.push()
  expect(push.outcomes).toEqual({ success: 0, partial: 0, failure: 1, skipped: 0 })
})
