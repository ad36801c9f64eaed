/** GET /metrics: content negotiation, compression off the event loop, and 503 instead of a partial answer. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Request, Response } from 'express'
import type { Exposition } from '../exposition/exposition.ts'
import type { Logger } from '../lib/logger.ts'
import type { Neighbour } from '../model-server/neighbour.ts'
import { acceptsGzip, CONTENT_TYPES, negotiateFormat } from './negotiation.ts'
import { sendProblem } from './problem.ts'

const compress = promisify(gzip)
/** Level 1 takes half the time of level 6 for a body that is a tenth larger. */
const GZIP_LEVEL = 1

export interface MetricsRouteSources {
  readonly exposition: Exposition
  readonly neighbour?: Neighbour | undefined
  readonly logger: Logger
}

export function metricsRoute({ exposition, neighbour, logger }: MetricsRouteSources) {
  return async (request: Request, response: Response): Promise<void> => {
    // The model server's metrics are text 0.0.4; the two formats cannot be mixed.
    const format = neighbour === undefined ? negotiateFormat(request.headers.accept) : 'text'
    let text: string
    try {
      text =
        neighbour === undefined
          ? await exposition.render(format)
          : await neighbour.render(() => exposition.render(format))
    } catch (error) {
      logger.error({ err: error }, 'cannot collect metrics')
      sendProblem(response, {
        status: 503,
        detail: 'Cannot collect the metrics; the log of modeltap says why. Traffic is not affected.',
      })
      return
    }
    response.setHeader('content-type', CONTENT_TYPES[format])
    response.setHeader('vary', 'accept, accept-encoding')
    if (!acceptsGzip(request.headers['accept-encoding'])) {
      response.end(text)
      return
    }
    const body = await compress(text, { level: GZIP_LEVEL })
    response.setHeader('content-encoding', 'gzip')
    response.end(body)
  }
}
