/** Requires a token, explains how to configure one, and writes the audit log. */
import express, { type NextFunction, type Request, type Response } from 'express'
import { formatByteSize } from '../lib/byte-size.ts'
import type { Logger } from '../lib/logger.ts'
import type { AdminAction } from './dependencies.ts'
import { sendProblem } from './problem.ts'
import type { RefusalBudget } from './refusal-budget.ts'
import type { Tokens, Verdict } from './tokens.ts'

const HOW_TO =
  'Set MODELTAP_ADMIN_TOKEN to a random text of at least 16 characters, or admin.tokenFiles to files that hold one, and send it as "Authorization: Bearer …".'

function refuse(response: Response, verdict: Exclude<Verdict, { kind: 'allowed' }>, hint = ''): void {
  if (verdict.kind === 'closed') {
    sendProblem(response, {
      status: 403,
      detail: `No admin token is configured, so this route is closed. ${HOW_TO}${hint}`,
    })
    return
  }
  response.setHeader('www-authenticate', 'Bearer realm="modeltap"')
  const detail =
    verdict.kind === 'missing'
      ? 'This route needs a token: "Authorization: Bearer …".'
      : 'The token is not one of the configured tokens.'
  sendProblem(response, { status: 401, detail: `${detail}${hint}` })
}

/**
 * For reads, when `admin.protectReads` is set.
 *
 * @param hint next step without a token, appended to the reason
 */
export function requireToken(tokens: Tokens, hint?: string) {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const verdict = await tokens.check(request.headers.authorization)
    if (verdict.kind === 'allowed') next()
    else refuse(response, verdict, hint)
  }
}

/**
 * Reads the body of an action into memory after the token was checked.
 * @throws an error with a status, as express does
 */
function readBody({ maxBodyBytes }: AdminAction, request: Request, response: Response): Promise<Buffer> {
  if (maxBodyBytes === undefined) return Promise.resolve(Buffer.alloc(0))
  const read = express.raw({ type: () => true, limit: maxBodyBytes })
  return new Promise((resolve, reject) => {
    read(request, response, (error?: unknown) => {
      if (error === undefined) resolve(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))
      else reject(error)
    })
  })
}

/** Runs an action for the holder of a token. Each attempt writes one audit line; refused ones only up to a limit. */
export function actionRoute(
  action: AdminAction,
  { tokens, refusals, logger }: { tokens: Tokens; refusals: RefusalBudget; logger: Logger },
) {
  return async (request: Request, response: Response): Promise<void> => {
    const verdict = await tokens.check(request.headers.authorization)
    const who = verdict.kind === 'allowed' ? verdict.name : null
    const audit = (result: string, more: object = {}): void =>
      logger.info(
        { audit: true, who, action: action.name, remote: request.socket.remoteAddress, result, ...more },
        'audit',
      )
    if (verdict.kind !== 'allowed') {
      const logged = refusals.take()
      if (logged !== undefined) audit(`refused: ${verdict.kind}`, logged)
      refuse(response, verdict)
      return
    }
    try {
      const body = await readBody(action, request, response)
      const outcome = await action.run(new URL(request.originalUrl, 'http://admin').searchParams, body)
      if ('result' in outcome) {
        audit('done')
        response.status(action.status ?? 200).json(outcome.result)
        return
      }
      audit(`refused: ${outcome.detail}`)
      sendProblem(response, outcome)
    } catch (error) {
      audit(`failed: ${(error as Error).message}`)
      if ((error as { status?: unknown }).status === 413) {
        const bytes = action.maxBodyBytes ?? 0
        sendProblem(response, {
          status: 413,
          detail: `The body has more than ${formatByteSize(bytes)}. Send it in parts, or raise outcomes.maxBodyBytes.`,
        })
        return
      }
      throw error
    }
  }
}
