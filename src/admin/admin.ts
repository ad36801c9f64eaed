/** The admin port as an express application: one table of routes, from which 405 and 404 are derived. */
import express, {
  type ErrorRequestHandler,
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express'
import { areAllowedHosts, WRONG_HOST } from '../admin-port/hosts.ts'
import { PROBE_PATHS } from '../admin-port/probes.ts'
import { apiDocuments } from './api.ts'
import type { AdminDependencies, AdminDocument } from './dependencies.ts'
import { metricsRoute } from './metrics-route.ts'
import { CONTENT_SECURITY_POLICY } from './page/document.ts'
import { statusPage } from './page/status-page.ts'
import { sendProblem } from './problem.ts'
import { actionRoute, requireToken } from './protection.ts'
import { RefusalBudget } from './refusal-budget.ts'
import { Tokens } from './tokens.ts'

type Route = (request: Request, response: Response) => void | Promise<void>

interface RouteEntry {
  readonly path: string
  readonly method: 'get' | 'post'
  readonly handle: Route
  /** Open even when reads are protected: probes of Kubernetes, and actions, which check tokens themselves. */
  readonly open?: boolean
}

export function createAdmin(dependencies: AdminDependencies): Express {
  const { options, logger } = dependencies
  const tokens = new Tokens(options, logger)
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use(securityHeaders)
  app.use(onlyOwnHosts(options.hosts))
  const routes = routeTable(dependencies, tokens)
  for (const { path, method, handle, open } of routes) {
    const guards: RequestHandler[] = options.protectReads && open !== true ? [requireToken(tokens)] : []
    app[method](path, ...guards, handle)
  }
  for (const [path, methods] of methodsByPath(routes)) app.all(path, notAllowed(methods))
  app.use(notFound(routes))
  app.use(failed(dependencies))
  return app
}

function routeTable(dependencies: AdminDependencies, tokens: Tokens): RouteEntry[] {
  const { exposition, neighbour, probe, actions, documents, clock, logger } = dependencies
  // One for all routes: each attempt costs a log line, whatever its target.
  const refusals = new RefusalBudget(clock)
  return [
    { path: '/metrics', method: 'get', handle: metricsRoute({ exposition, neighbour, logger }) },
    ...PROBE_PATHS.map((path): RouteEntry => ({
      path,
      method: 'get',
      open: true,
      handle: (_request, response) => {
        const { status, body } = probe(path)
        response.status(status).json(body)
      },
    })),
    {
      path: '/',
      method: 'get',
      handle: (request, response) => sendPage(response, statusPage(dependencies, parametersOf(request))),
    },
    ...[...apiDocuments(dependencies), ...documents].map((document) => documentRoute(document, tokens)),
    ...actions.map((action): RouteEntry => ({
      path: action.path,
      method: 'post',
      open: true,
      handle: actionRoute(action, { tokens, refusals, logger }),
    })),
  ]
}

function documentRoute({ path, read, hasNames }: AdminDocument, tokens: Tokens): RouteEntry {
  const guard = requireToken(tokens, ' Without a token: ?names=none.')
  return {
    path,
    method: 'get',
    handle: (request, response) => {
      const document = read(parametersOf(request))
      if (document === undefined)
        sendProblem(response, { status: 404, detail: `There is nothing at ${request.originalUrl} now.` })
      else if (hasNames?.(document) === true) return guard(request, response, () => response.json(document))
      else response.json(document)
      return undefined
    },
  }
}

/** `?a=1&b=2` of a request; the host in the URL is ignored. */
function parametersOf(request: Request): URLSearchParams {
  return new URL(request.originalUrl, 'http://admin').searchParams
}

function sendPage(response: Response, page: string): void {
  response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY)
  response.type('html').send(page)
}

function securityHeaders(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('x-frame-options', 'DENY')
  response.setHeader('referrer-policy', 'no-referrer')
  response.setHeader('cache-control', 'no-store')
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  next()
}

/** The main thread has checked the first request of each connection; later ones may name another host. */
function onlyOwnHosts(allowed: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const { host } = request.headers
    if (host === undefined || areAllowedHosts([host], allowed)) next()
    else sendProblem(response, { status: 421, detail: WRONG_HOST })
  }
}

function methodsByPath(routes: readonly RouteEntry[]): Map<string, string> {
  const methods = new Map<string, string>()
  for (const { path, method } of routes) {
    const names = method === 'get' ? 'GET, HEAD' : 'POST'
    const others = methods.get(path)
    methods.set(path, others === undefined ? names : `${others}, ${names}`)
  }
  return methods
}

function notAllowed(allow: string): RequestHandler {
  return (request, response) => {
    response.setHeader('allow', allow)
    sendProblem(response, {
      status: 405,
      detail: `${request.path} does not take ${request.method}; it takes ${allow}.`,
    })
  }
}

function notFound(routes: readonly RouteEntry[]): RequestHandler {
  const paths = [...new Set(routes.map(({ path }) => path))].join(', ')
  return (request, response) => {
    sendProblem(response, { status: 404, detail: `There is no ${request.path}. There are: ${paths}.` })
  }
}

function failed({ logger }: AdminDependencies): ErrorRequestHandler {
  // Express recognises an error handler by its four parameters.
  return (error: unknown, request, response, next) => {
    const { status } = error as { status?: unknown }
    if (response.headersSent) {
      next(error)
      return
    }
    if (typeof status === 'number' && status >= 400 && status < 500) {
      sendProblem(response, { status, detail: `The request for ${request.path} cannot be read.` })
      return
    }
    logger.error({ err: error, path: request.path }, 'a request to the admin port failed')
    sendProblem(response, { status: 500, detail: 'modeltap could not answer; its log names the reason.' })
  }
}
