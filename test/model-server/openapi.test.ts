import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test, vi } from 'vitest'
import type { RouteReport } from '../../src/calls/route-report.ts'
import { RouteTable } from '../../src/calls/route-table.ts'
import { boundedGet } from '../../src/model-server/bounded-get.ts'
import { readOpenApi } from '../../src/model-server/openapi.ts'
import { ServerDescription } from '../../src/model-server/server-description.ts'
import { routeReports } from '../../src/worker/routes.ts'

/** As FastAPI 0.165 writes it for `POST /batch/{tenant}` with a list of records, shortened. */
const DOCUMENT = {
  openapi: '3.1.0',
  paths: {
    '/batch/{tenant}': {
      post: {
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Records' } } },
        },
      },
    },
    '/rows': {
      post: {
        requestBody: {
          content: {
            'application/json': { schema: { type: 'array', items: { $ref: '#/components/schemas/Record' } } },
          },
        },
      },
    },
    '/one': {
      post: {
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Record' } } } },
      },
    },
    '/circle': {
      post: {
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Circle' } } } },
      },
    },
  },
  components: {
    schemas: {
      Record: {
        type: 'object',
        properties: { age: { type: 'integer' }, tags: { type: 'array', items: { type: 'string' } } },
      },
      Records: {
        type: 'object',
        properties: { records: { type: 'array', items: { $ref: '#/components/schemas/Record' } } },
      },
      Circle: { $ref: '#/components/schemas/Circle' },
    },
  },
}

const uncalled = (document: unknown): readonly RouteReport[] => {
  const routes = new RouteTable({ rules: [], maxColumns: 20, nowEpochMs: () => NaN })
  routes.route('POST', '/one')
  routes.route('POST', '/batch/{id}')
  return routeReports({ routes }, readOpenApi(document)).filter(({ state }) => state === 'not called')
}

test('routes that nobody has called are shown with the names and types of their description', () => {
  expect(uncalled(DOCUMENT)).toMatchObject([
    {
      method: 'POST',
      path: '/rows',
      exchanges: 0,
      skeleton: { request: [{ age: 'number', tags: ['text'] }], response: 'not described' },
    },
    { path: '/circle', skeleton: { request: 'not described' } },
  ])
})

test('a description as FastAPI writes it for optional members, enumerations and answers', () => {
  const json = (schema: unknown) => ({ content: { 'application/json': { schema } } })
  const document = {
    openapi: '3.1.0',
    paths: {
      '/score': {
        post: {
          requestBody: json({ $ref: '#/components/schemas/Customer' }),
          responses: {
            '200': json({ $ref: '#/components/schemas/Answer' }),
            '422': json({ $ref: '#/components/schemas/Problem' }),
          },
        },
        get: {},
      },
    },
    components: {
      schemas: {
        Customer: {
          type: 'object',
          properties: {
            age: { type: 'integer', minimum: 0, maximum: 120 },
            plan: { $ref: '#/components/schemas/Plan' },
            note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
            home: { anyOf: [{ $ref: '#/components/schemas/Home' }, { type: 'null' }] },
          },
        },
        Plan: { type: 'string', enum: ['basic', 'pro'] },
        Home: {
          type: 'object',
          properties: { owns: { type: 'boolean' }, within: { $ref: '#/components/schemas/Home' } },
        },
        Answer: { type: 'object', properties: { scores: { type: 'array', items: { type: 'number' } } } },
        Problem: { type: 'object', properties: { detail: { type: 'string' } } },
      },
    },
  }
  const [score, ...others] = uncalled(document)
  expect(others).toEqual([])
  expect(score?.skeleton).toMatchObject({
    request: { age: 'number', plan: 'text', note: 'text or null', home: { owns: 'boolean' } },
    response: { scores: ['number'] },
  })
  // A schema that contains itself ends somewhere.
  expect(JSON.stringify(score?.skeleton).length).toBeLessThan(1_000)
})

test('says which member holds the rows', () => {
  expect(readOpenApi(DOCUMENT)).toMatchObject([
    { method: 'POST', path: '/batch/{tenant}', rowsPath: '$.records' },
    { method: 'POST', path: '/rows', rowsPath: '$' },
    { method: 'POST', path: '/one', rowsPath: undefined },
    { method: 'POST', path: '/circle', rowsPath: undefined },
  ])
})

test.each([[{}], [null], ['text'], [{ openapi: '3.0.0' }], [{ openapi: 3, paths: {} }]])(
  '%j is no description',
  (document) => expect(readOpenApi(document)).toBeUndefined(),
)

test('the server is asked once, and the second path only when the first is not there', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (request.url === '/docs.json') response.end(JSON.stringify(DOCUMENT))
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  const { port } = server.address() as AddressInfo
  const description = new ServerDescription({
    upstream: { kind: 'tcp', host: '127.0.0.1', port },
    timeoutMs: 2000,
    get: boundedGet,
  })
  expect(description.route('POST', '/batch/acme')).toBeUndefined()
  description.ask()
  description.ask()
  await vi.waitFor(() => expect(description.route('POST', '/batch/acme')?.path).toBe('/batch/{tenant}'))
  expect(description.route('GET', '/batch/acme')).toBeUndefined()
  expect(asked).toEqual(['/openapi.json', '/docs.json'])
  server.close()
})
