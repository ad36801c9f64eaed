/**
 * A line of SageMaker's data capture files in S3, one call each:
 *
 *     {"captureData": {"endpointInput":  {"observedContentType": "text/csv", "data": "…", "encoding": "CSV"},
 *                      "endpointOutput": {…}}, "eventMetadata": {"inferenceTime": "…"}, "eventVersion": "0"}
 *
 * The call goes through the protocols as if it came over the wire, so that columns have the same names as in live
 * traffic.
 */
import { isObject, type JsonObject, textOf } from '../formats/json-value.ts'
import type { Exchange } from '../observe/exchange.ts'
import { loggedExchange, type LoggedMessage } from './logged-exchange.ts'
import type { Seen } from './record-sink.ts'
import { parseTimestamp } from './timestamp.ts'

export interface CapturedCall {
  readonly exchange: Exchange
  readonly seen: Seen
  readonly epochMs: number | undefined
}

/** `undefined` when the value is not a line of a capture. */
export function capturedCall(line: unknown): CapturedCall | undefined {
  const data = isObject(line) ? line['captureData'] : undefined
  if (!isObject(line) || !isObject(data)) return undefined
  const request = messageOf(data['endpointInput'])
  const response = messageOf(data['endpointOutput'])
  if ((request ?? response) === undefined) return undefined
  const event = line['eventMetadata']
  return {
    exchange: loggedExchange({
      method: 'POST',
      target: '/invocations',
      status: 200,
      latencyMs: undefined,
      request: request ?? {},
      response: response ?? {},
    }),
    seen: request === undefined ? 'response' : response === undefined ? 'request' : 'call',
    epochMs: isObject(event) ? parseTimestamp(event['inferenceTime']) : undefined,
  }
}

function messageOf(side: unknown): LoggedMessage | undefined {
  if (!isObject(side) || typeof side['data'] !== 'string') return undefined
  return {
    headers: new Map([['content-type', contentTypeOf(side)]]),
    body: Buffer.from(side['data'], side['encoding'] === 'BASE64' ? 'base64' : 'utf8'),
  }
}

function contentTypeOf({ observedContentType, encoding }: JsonObject): string {
  const observed = textOf(observedContentType)
  if (observed !== '') return observed
  return encoding === 'JSON' ? 'application/json' : 'text/csv'
}
