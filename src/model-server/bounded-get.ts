/** One HTTP GET with a limit of time and of size. Every failure is a value. */
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Address } from '../lib/address.ts'
import { http } from '../lib/node-http.ts'
import { timeoutSignal } from '../lib/timers.ts'

export const GET_FAILURES = ['unreachable', 'timeout', 'status', 'too-large'] as const
export type GetFailure = (typeof GET_FAILURES)[number]

export type Got =
  | { readonly headers: IncomingHttpHeaders; readonly body: Buffer }
  | { readonly failure: GetFailure; readonly detail: string }

export interface GetLimits {
  readonly timeoutMs: number
  /** Of the body. */
  readonly maxBytes: number
}

/** A URL, or a path at an address. */
export type GetTarget = string | { readonly address: Address; readonly path: string }

export function boundedGet(target: GetTarget, headers: OutgoingHttpHeaders, limits: GetLimits): Promise<Got> {
  const signal = timeoutSignal(limits.timeoutMs)
  return new Promise((resolve) => {
    const fail = (error: Error): void => {
      const failure = signal.aborted ? 'timeout' : 'unreachable'
      resolve({ failure, detail: signal.aborted ? `no answer within ${limits.timeoutMs} ms` : error.message })
    }
    const outgoing = request(target, { headers, signal }, (response) => {
      readBody(response, limits.maxBytes).then((got) => {
        resolve(got)
        if ('failure' in got) outgoing.destroy()
      }, fail)
    })
    outgoing.once('error', fail)
    outgoing.end()
  })
}

type Options = { readonly headers: OutgoingHttpHeaders; readonly signal: AbortSignal }

function request(target: GetTarget, options: Options, onResponse: (response: IncomingMessage) => void) {
  if (typeof target !== 'string') {
    const { address, path } = target
    const where =
      address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port }
    return http.request({ ...where, path, ...options }, onResponse)
  }
  const secure = target.startsWith('https:')
  const { request: send } = secure ? process.getBuiltinModule('node:https') : http
  return send(target, options, onResponse)
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Got> {
  if (response.statusCode !== 200) return { failure: 'status', detail: `status ${response.statusCode}` }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) return { failure: 'too-large', detail: `more than ${maxBytes} bytes` }
    chunks.push(chunk)
  }
  return { headers: response.headers, body: Buffer.concat(chunks) }
}
