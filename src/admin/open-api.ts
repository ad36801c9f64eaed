/** The route catalogue as an index for users and as an OpenAPI 3.1 document for programs. */
import { version } from '../lib/version.ts'
import { ROUTE_CATALOGUE, type RouteOperation } from './route-catalogue.ts'

export interface IndexEntry {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly summary: string
  /** Names of the query parameters. */
  readonly parameters?: readonly string[]
}

export function apiIndex(): { readonly openapi: string; readonly routes: readonly IndexEntry[] } {
  return {
    openapi: '/api/v1/openapi.json',
    routes: Object.entries(ROUTE_CATALOGUE).flatMap(([path, { get, post }]) => [
      ...(get === undefined ? [] : [indexEntry('GET', path, get)]),
      ...(post === undefined ? [] : [indexEntry('POST', path, post)]),
    ]),
  }
}

function indexEntry(
  method: IndexEntry['method'],
  path: string,
  { summary, parameters }: RouteOperation,
): IndexEntry {
  return { method, path, summary, ...(parameters && { parameters: Object.keys(parameters) }) }
}

export function openApi() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Admin port of modeltap',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: 'Members of answers are added in minor versions; read only those that you know.',
    },
    servers: [{ url: 'http://127.0.0.1:9464' }],
    paths: Object.fromEntries(
      Object.entries(ROUTE_CATALOGUE).map(([path, { get, post }]) => [
        path,
        {
          ...(get && { get: operation('get', path, get) }),
          ...(post && { post: operation('post', path, post) }),
        },
      ]),
    ),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Problem: {
          type: 'object',
          description: 'RFC 9457',
          required: ['type', 'title', 'status', 'detail'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string', description: 'What happened, and what to do' },
          },
        },
      },
    },
  }
}

const PROBE_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

function operation(method: 'get' | 'post', path: string, route: RouteOperation) {
  const {
    summary,
    parameters = {},
    takes,
    gives = 'application/json',
    status = 200,
    problems = {},
    token,
  } = route
  const schema = { type: gives === 'application/json' ? 'object' : 'string' }
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  return {
    operationId: operationId(method, path),
    summary,
    ...(token === undefined ? {} : { security: token === 'always' ? [{ token: [] }] : [{}, { token: [] }] }),
    parameters: Object.entries(parameters).map(([name, description]) => ({
      ...{ name, in: 'query', required: false, description, schema: { type: 'string' } },
    })),
    ...(takes && {
      requestBody: {
        required: true,
        content: Object.fromEntries(takes.map((type) => [type, { schema: {} }])),
      },
    }),
    responses: {
      [String(status)]: { description: summary, content: { [gives]: { schema } } },
      ...Object.fromEntries(
        Object.entries(problems).map(([code, description]) => [
          code,
          { description, content: PROBE_PATHS.has(path) ? { [gives]: { schema } } : problem },
        ]),
      ),
    },
  }
}

/** `get /api/v1/baseline` → `getBaseline` */
function operationId(method: string, path: string): string {
  const words = path.replace(/^\/api\/v1\/?/, '').match(/[a-z]+/g) ?? [path === '/' ? 'page' : 'index']
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}
