/** Fetches the neighbour's metrics with a limit of time and of size; every failure is a value. */
import type { IncomingMessage } from 'node:http'
import { http } from '../lib/node-http.ts'
import { timeoutSignal } from '../lib/timers.ts'
import type { NeighbourFailure } from './snapshot.ts'

export type Fetched =
  { readonly text: string } | { readonly failure: NeighbourFailure; readonly detail: string }

export interface FetchLimits {
  readonly timeoutMs: number
  readonly maxBytes: number
}

/** Asks for what can be put behind our own text as it is: no OpenMetrics, no compression. */
const HEADERS = { accept: 'text/plain;version=0.0.4', 'accept-encoding': 'identity' }

export function fetchMetrics(url: string, limits: FetchLimits): Promise<Fetched> {
  const signal = timeoutSignal(limits.timeoutMs)
  return new Promise((resolve) => {
    const request = url.startsWith('https:') ? process.getBuiltinModule('node:https').request : http.request
    const fail = (error: Error): void => {
      const failure = signal.aborted ? 'timeout' : 'unreachable'
      resolve({ failure, detail: signal.aborted ? `no answer within ${limits.timeoutMs} ms` : error.message })
    }
    const outgoing = request(url, { headers: HEADERS, signal }, (response) => {
      readAnswer(response, limits.maxBytes).then((fetched) => {
        resolve(fetched)
        if ('failure' in fetched) outgoing.destroy()
      }, fail)
    })
    outgoing.once('error', fail)
    outgoing.end()
  })
}

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<Fetched> {
  if (response.statusCode !== 200) return { failure: 'status', detail: `status ${response.statusCode}` }
  const type = response.headers['content-type'] ?? 'text/plain'
  if (!/^text\/plain\b/i.test(type)) return { failure: 'content-type', detail: type.slice(0, 100) }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) return { failure: 'too-large', detail: `more than ${maxBytes} bytes` }
    chunks.push(chunk)
  }
  return { text: Buffer.concat(chunks).toString('utf8') }
}
