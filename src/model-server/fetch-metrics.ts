/** Fetches the model server's metrics; every failure is a value. */
import type { Get, GetLimits } from './bounded-get.ts'
import type { NeighbourFailure } from './snapshot.ts'

export type Fetched =
  { readonly text: string } | { readonly failure: NeighbourFailure; readonly detail: string }

/** Requests a format that can be appended to our own text unchanged: no OpenMetrics, no compression. */
const HEADERS = { accept: 'text/plain;version=0.0.4', 'accept-encoding': 'identity' }

export async function fetchMetrics(url: string, limits: GetLimits, get: Get): Promise<Fetched> {
  const got = await get(url, HEADERS, limits)
  if ('failure' in got) return got
  const type = got.headers['content-type'] ?? 'text/plain'
  if (!/^text\/plain\b/i.test(type)) return { failure: 'content-type', detail: type.slice(0, 100) }
  return { text: got.body.toString('utf8') }
}
