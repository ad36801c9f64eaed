/** Responses that the main thread writes itself, as bytes. */
import { http } from '../lib/node-http.ts'

export interface Answer {
  readonly status: number
  readonly type: 'application/json' | 'application/problem+json'
  readonly body: unknown
  readonly retryAfterSeconds?: number
}

/** A JSON problem (RFC 9457), in the form of the analysis thread. */
export function problem(status: number, detail: string, retryAfterSeconds?: number): Answer {
  return {
    status,
    type: 'application/problem+json',
    body: { type: 'about:blank', title: http.STATUS_CODES[status] ?? 'Error', status, detail },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
}

export function renderAnswer(
  { status, type, body, retryAfterSeconds }: Answer,
  { keepsAlive, isHead }: { readonly keepsAlive: boolean; readonly isHead: boolean },
): string {
  const text = JSON.stringify(body)
  return [
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}`,
    `Content-Type: ${type}; charset=utf-8`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
    `Connection: ${keepsAlive ? 'keep-alive' : 'close'}`,
    '',
    isHead ? '' : text,
  ].join('\r\n')
}
