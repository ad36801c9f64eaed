/** Every error of the admin port is a JSON problem (RFC 9457): what happened, and the next step. */
import type { Response } from 'express'
import { http } from '../lib/node-http.ts'

export interface Problem {
  readonly status: number
  readonly detail: string
}

export function sendProblem(response: Response, { status, detail }: Problem): void {
  response
    .status(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({ type: 'about:blank', title: http.STATUS_CODES[status] ?? 'Error', status, detail }),
    )
}
