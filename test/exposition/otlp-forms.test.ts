/** OTLP as protobuf over HTTP and over gRPC, against gRPC's own server, and who a push says that it is from. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, ServerCredentials, type ServiceDefinition, status as Status } from '@grpc/grpc-js'
import { afterEach, expect, test, vi } from 'vitest'
import { openOtlpExporter } from '../../src/exposition/otlp-exporter.ts'
import { createResource } from '../../src/exposition/resource.ts'
import { fixedExposition } from './fixture.ts'

afterEach(() => vi.unstubAllEnvs())

const raw = (bytes: Buffer): Buffer => bytes
const SERVICE: ServiceDefinition = {
  Export: {
    path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
    requestStream: false,
    responseStream: false,
    requestSerialize: raw,
    requestDeserialize: raw,
    responseSerialize: raw,
    responseDeserialize: raw,
  },
}

interface GrpcReceiver {
  readonly endpoint: string
  readonly received: { readonly body: Buffer; readonly tenant: unknown }[]
  readonly close: () => void
}

async function startGrpcReceiver(refusal?: string): Promise<GrpcReceiver> {
  const received: { body: Buffer; tenant: unknown }[] = []
  const server = new Server()
  server.addService(SERVICE, {
    Export: (
      call: { request: Buffer; metadata: { get: (name: string) => unknown[] } },
      callback: (error: { code: number; details: string } | null, answer?: Buffer) => void,
    ) => {
      received.push({ body: call.request, tenant: call.metadata.get('x-tenant')[0] })
      if (refusal === undefined) callback(null, Buffer.alloc(0))
      else callback({ code: Status.RESOURCE_EXHAUSTED, details: refusal })
    },
  })
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  return { endpoint: `http://127.0.0.1:${port}`, received, close: () => server.forceShutdown() }
}

async function push(protocol: 'grpc' | 'http/protobuf', endpoint: string) {
  const { exposition } = fixedExposition()
  const exporter = await openOtlpExporter({
    ...{ protocol, endpoint, url: `${endpoint}/v1/metrics` },
    headers: { 'X-Tenant': 'a' },
    timeoutMillis: 5000,
  })
  const metrics = await exposition.collect()
  const results = []
  for (let round = 0; round < 2; round += 1)
    results.push(
      await new Promise<{ code: number; error?: Error }>((resolve) => exporter.export(metrics, resolve)),
    )
  await exporter.shutdown()
  await exposition.shutdown()
  return results
}

test('over gRPC each push is one call with its headers, on one connection', async () => {
  const receiver = await startGrpcReceiver()
  const results = await push('grpc', receiver.endpoint)
  receiver.close()
  expect(results.map(({ error }) => error)).toEqual([undefined, undefined])
  expect(receiver.received.map(({ tenant }) => tenant)).toEqual(['a', 'a'])
  expect(receiver.received[0]?.body.toString('latin1')).toContain('modeltap_build_info')
})

test('a refusal of gRPC and a receiver that is not there are failures with their reason', async () => {
  const receiver = await startGrpcReceiver('quota is used up')
  const [refused] = await push('grpc', receiver.endpoint)
  receiver.close()
  expect(refused?.error?.message).toContain('quota is used up')
  const [absent] = await push('grpc', receiver.endpoint)
  expect(absent?.error?.message).toMatch(/ECONNREFUSED/)
})

test('protobuf over HTTP says so in its head', async () => {
  const heads: (string | undefined)[] = []
  const bodies: Buffer[] = []
  const server = createServer((request, response) => {
    heads.push(request.headers['content-type'])
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks))
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const results = await push('http/protobuf', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  server.closeAllConnections()
  server.close()
  expect(results.map(({ error }) => error)).toEqual([undefined, undefined])
  expect(heads).toEqual(['application/x-protobuf', 'application/x-protobuf'])
  expect(bodies[0]?.toString('latin1')).toContain('modeltap_build_info')
})

test('a push is from the model, its pod, and whoever OpenTelemetry’s variables name', () => {
  const facts = {
    model: 'credit',
    modelVersion: '3',
    owner: 'risk',
    pod: { name: 'credit-0', namespace: 'ml' },
  }
  expect(createResource(facts).attributes).toMatchObject({
    'service.name': 'credit',
    'modeltap.model.owner': 'risk',
    'k8s.pod.name': 'credit-0',
    'k8s.namespace.name': 'ml',
  })
  vi.stubEnv('OTEL_SERVICE_NAME', 'scoring')
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'service.name=lost,deployment.environment.name=prod,k8s.pod.name=p')
  expect(createResource(facts).attributes).toMatchObject({
    'service.name': 'scoring',
    'deployment.environment.name': 'prod',
    'k8s.pod.name': 'p',
  })
  vi.unstubAllEnvs()
  const nobody = { model: undefined, modelVersion: undefined, owner: undefined, pod: undefined }
  expect(createResource(nobody).attributes['service.name']).toBe('modeltap')
})
