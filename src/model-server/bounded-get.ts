/** One HTTP GET with a timeout and a size limit. Every failure is a value. */
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { type Address, formatAddress } from '../lib/address.ts'
import { http } from '../lib/node-http.ts'
import { timeoutSignal } from '../lib/timers.ts'

export const GET_FAILURES = ['unreachable', 'timeout', 'status', 'too-large'] as const
export type GetFailure = (typeof GET_FAILURES)[number]

export type Got =
  | { readonly headers: IncomingHttpHeaders; readonly body: Buffer }
  | { readonly failure: GetFailure; readonly detail: string }

export interface GetLimits {
  readonly timeoutMs: number
  /** Maximum size of the body. */
  readonly maxBytes: number
}

/** A URL, or a path at an address. */
export type GetTarget = string | { readonly address: Address; readonly path: string }

export type Get = (target: GetTarget, headers: OutgoingHttpHeaders, limits: GetLimits) => Promise<Got>

/**
 * Follows one redirect within the same host and port, as from `/metrics` to `/metrics/`; no other.
 *
 * @param takePort assigns the local port of each connection; by default the system does
 */
export async function boundedGet(
  target: GetTarget,
  headers: OutgoingHttpHeaders,
  limits: GetLimits,
  takePort?: () => Promise<number>,
): Promise<Got> {
  const signal = timeoutSignal(limits.timeoutMs)
  const get = async (to: GetTarget): Promise<Got | Redirect> => {
    if (takePort === undefined) return send(to, { headers, signal }, limits)
    try {
      // A local port serves one connection, so it is not kept open for the next GET.
      return await send(to, { headers, signal, localPort: await takePort(), agent: false }, limits)
    } catch (error) {
      return { failure: 'unreachable', detail: (error as Error).message }
    }
  }
  const first = await get(target)
  if (!('location' in first)) return first
  const next = redirected(target, first.location)
  if (next === undefined) return { failure: 'status', detail: `${first.detail}, to another server` }
  const second = await get(next)
  return 'location' in second ? { failure: 'status', detail: `${second.detail} after another one` } : second
}

type Redirect = { readonly location: string; readonly detail: string }

const REDIRECTS: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308])

/** `undefined` when it leads elsewhere: the request may be meant for this server only. */
function redirected(target: GetTarget, location: string): GetTarget | undefined {
  const from = new URL(urlOf(target))
  if (!URL.canParse(location, from.href)) return undefined
  const next = new URL(location, from.href)
  if (next.protocol !== from.protocol || next.host !== from.host) return undefined
  if (typeof target === 'string') return next.href
  return { address: target.address, path: `${next.pathname}${next.search}` }
}

function urlOf(target: GetTarget): string {
  if (typeof target === 'string') return target
  const { address, path } = target
  return `http://${address.kind === 'unix' ? 'localhost' : formatAddress(address)}${path}`
}

function send(target: GetTarget, options: Options, limits: GetLimits): Promise<Got | Redirect> {
  const { signal } = options
  return new Promise((resolve) => {
    const fail = (error: Error): void => {
      const failure = signal.aborted ? 'timeout' : 'unreachable'
      resolve({ failure, detail: signal.aborted ? `no answer within ${limits.timeoutMs} ms` : error.message })
    }
    const outgoing = request(target, options, (response) => {
      readBody(response, limits.maxBytes).then((got) => {
        resolve(got)
        if ('failure' in got || 'location' in got) outgoing.destroy()
      }, fail)
    })
    outgoing.once('error', fail)
    outgoing.end()
  })
}

interface Options {
  readonly headers: OutgoingHttpHeaders
  readonly signal: AbortSignal
  readonly localPort?: number
  readonly agent?: false
}

function request(target: GetTarget, options: Options, onResponse: (response: IncomingMessage) => void) {
  if (typeof target !== 'string') {
    const { address, path } = target
    const where =
      address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port }
    return http.request({ ...where, path, ...options }, onResponse)
  }
  const secure = target.startsWith('https:')
  const { request: ask } = secure ? process.getBuiltinModule('node:https') : http
  return ask(target, options, onResponse)
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Got | Redirect> {
  const { location } = response.headers
  if (location !== undefined && REDIRECTS.has(response.statusCode))
    return { location, detail: `status ${response.statusCode}` }
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
