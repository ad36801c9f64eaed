/** The JSON object in a body, or as much of it as a truncated copy shows. */
import type { Parsed } from '../formats/failure.ts'
import { jsonPrefix } from '../formats/json-prefix.ts'
import { type JsonObject, objectOf } from '../formats/json-value.ts'
import { decodeContent } from '../observe/content-encoding.ts'
import type { Message } from '../observe/exchange.ts'
import type { Call } from './call.ts'

const NOTHING: JsonObject = {}

export function shownRequest(call: Call): JsonObject {
  return call.once(readRequest)
}

export function shownResponse(call: Call): JsonObject {
  return call.once(readResponse)
}

function readRequest({ exchange, settings, requestJson }: Call): JsonObject {
  return shown(requestJson(), exchange.request, settings.maxBodyBytes)
}

function readResponse({ exchange, settings, responseJson }: Call): JsonObject {
  return shown(responseJson(), exchange.response, settings.maxBodyBytes)
}

function shown(json: Parsed, { body, header }: Message, maxBytes: number): JsonObject {
  if ('value' in json) return objectOf(json) ?? NOTHING
  if (json.failure !== 'truncated') return NOTHING
  const content = decodeContent(body, header('content-encoding'), maxBytes)
  return 'bytes' in content ? jsonPrefix(content.bytes) : NOTHING
}
