/**
 * The routes of the admin port for users and programs: source of the index at /api/v1/ and the OpenAPI document. A test
 * compares it with the routes of a running modeltap.
 */
export interface RouteOperation {
  readonly summary: string
  /** Meaning by name. All are optional query parameters. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Media types of the request's body. */
  readonly takes?: readonly string[]
  /** Media type of a successful answer; JSON by default. */
  readonly gives?: string
  /** Status of a successful answer; 200 by default. */
  readonly status?: 202
  /** Other answers by status. */
  readonly problems?: Readonly<Record<number, string>>
  /** Whether a token is needed, always or only sometimes. */
  readonly token?: 'always' | 'sometimes'
}

export interface RouteOperations {
  readonly get?: RouteOperation
  readonly post?: RouteOperation
}

const MODEL = { model: 'Name of the model', version: 'Its version' } as const
const NO_MODEL = 'No model is like that, or several are; the answer names them'
const TOKEN_PROBLEMS = {
  401: 'The token is missing or not a configured one',
  403: 'No token is configured, so the route is closed',
} as const

export const ROUTE_CATALOGUE: Readonly<Record<string, RouteOperations>> = {
  '/': { get: { summary: 'Status page for people', gives: 'text/html' } },
  '/metrics': {
    get: {
      summary: 'Metrics for Prometheus, as plain text or OpenMetrics',
      gives: 'text/plain',
      problems: { 503: 'Cannot collect the metrics' },
    },
  },
  '/healthz': {
    get: { summary: 'Liveness: whether bytes pass', problems: { 503: 'The data plane is stuck' } },
  },
  '/readyz': {
    get: {
      summary: 'Readiness: whether bytes pass and the model server is reachable',
      problems: { 503: 'The model server cannot be reached, or modeltap drains' },
    },
  },
  '/api/v1': { get: { summary: 'This index' } },
  '/api/v1/openapi.json': { get: { summary: 'The admin port as an OpenAPI document' } },
  '/api/v1/status': { get: { summary: 'Version, addresses, own counters, resources, recent failures' } },
  '/api/v1/models': {
    get: {
      summary: 'The models with their baseline, columns and windows',
      parameters: { ...MODEL, protocol: 'Protocol of the payloads' },
    },
  },
  '/api/v1/routes': {
    get: {
      summary: 'How each route of the model server is understood, and what to configure where it is not',
      parameters: { ...MODEL, method: 'Method', path: 'Path', protocol: 'Protocol', state: 'State' },
    },
  },
  '/api/v1/drift': {
    get: {
      summary: 'Scores with thresholds, those furthest above their threshold first',
      parameters: {
        ...MODEL,
        role: 'feature or prediction',
        column: 'Name of the column',
        window: 'Window, such as 5m',
        statistic: 'Statistic; deviation is the one that decides',
        drifted: 'true or false',
      },
    },
  },
  '/api/v1/outcomes': {
    get: {
      summary: 'Performance from labels, per model',
      problems: { 404: 'No label can come, or none was evaluated yet' },
    },
    post: {
      summary: 'Takes labels: JSON, JSON lines or CSV with a header, also packed with gzip',
      takes: ['application/json', 'application/x-ndjson', 'text/csv'],
      status: 202,
      problems: { 400: 'The body has no label', 413: 'The body is too large', ...TOKEN_PROBLEMS },
      token: 'always',
    },
  },
  '/api/v1/baseline': {
    get: {
      summary: 'The baseline in use, as a file that the key baseline.file takes',
      parameters: { ...MODEL, names: 'none leaves names of categories out; they need a token' },
      problems: { 404: 'There is no such model, or its baseline is being learned', ...TOKEN_PROBLEMS },
      token: 'sometimes',
    },
  },
  '/api/v1/baseline/learn': {
    post: {
      summary: 'Forgets the baseline and the windows of a model and learns from its next rows',
      parameters: MODEL,
      problems: { 404: NO_MODEL, ...TOKEN_PROBLEMS },
      token: 'always',
    },
  },
}
