/** An exchange → a call whose bodies are decoded when somebody asks, and only once. */
import { decodeContent } from '../observe/content-encoding.ts'
import type { Exchange, Message } from '../observe/exchange.ts'
import { parseJson } from './json.ts'
import type { Call, Decoded, Parsed } from './protocol.ts'
import type { DecodeSettings } from './settings.ts'

/** How the JSON bodies of each side are read. */
export interface JsonReaders {
  readonly request: (bytes: Uint8Array) => Parsed
  readonly response: (bytes: Uint8Array) => Parsed
}

const ONE_BY_ONE: JsonReaders = { request: parseJson, response: parseJson }

/** @param readers whose values may be void when the next call is created */
export function createCall(
  exchange: Exchange,
  settings: DecodeSettings,
  readers: JsonReaders = ONE_BY_ONE,
): Call {
  const request = new Body(exchange.request, settings.maxBodyBytes, readers.request)
  const response = new Body(exchange.response, settings.maxBodyBytes, readers.response)
  return {
    exchange,
    path: pathOf(exchange.target),
    settings,
    requestBytes: () => request.bytes,
    responseBytes: () => response.bytes,
    requestJson: () => request.json,
    responseJson: () => response.json,
  }
}

class Body {
  readonly #message: Message
  readonly #maxBytes: number
  readonly #readJson: (bytes: Uint8Array) => Parsed
  #bytes: Decoded | undefined
  #json: Parsed | undefined

  constructor(message: Message, maxBytes: number, readJson: (bytes: Uint8Array) => Parsed) {
    this.#message = message
    this.#maxBytes = maxBytes
    this.#readJson = readJson
  }

  get bytes(): Decoded {
    return (this.#bytes ??= decodeBody(this.#message, this.#maxBytes))
  }

  get json(): Parsed {
    return (this.#json ??= 'failure' in this.bytes ? this.bytes : this.#readJson(this.bytes.bytes))
  }
}

function decodeBody({ header, body, truncated }: Message, maxBytes: number): Decoded {
  if (truncated) return { failure: 'truncated' }
  const content = decodeContent(body, header('content-encoding'), maxBytes)
  if ('bytes' in content) return content.truncated ? { failure: 'truncated' } : content
  return content
}

/** The path of a request target in origin form or absolute form, without the query. */
function pathOf(target: string): string {
  const query = target.indexOf('?')
  const withoutQuery = query === -1 ? target : target.slice(0, query)
  if (withoutQuery.startsWith('/')) return withoutQuery
  const authority = withoutQuery.indexOf('://')
  if (authority === -1) return withoutQuery
  const path = withoutQuery.indexOf('/', authority + 3)
  return path === -1 ? '/' : withoutQuery.slice(path)
}
