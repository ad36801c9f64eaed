/** Wraps an exchange as a call with bodies that are decoded on demand and only once. */
import type { Decoded, Parsed } from '../formats/failure.ts'
import { parseJson } from '../formats/json.ts'
import { plainPath } from '../formats/path.ts'
import { decodeContent } from '../observe/content-encoding.ts'
import type { Exchange, Message } from '../observe/exchange.ts'
import type { Route } from './route.ts'
import type { DecodeSettings } from './settings.ts'

/** An exchange with its bodies ready to be read: content encoding undone, text and JSON parsed on demand. */
export interface Call {
  readonly exchange: Exchange
  /** Path of the target without the query; escapes of ASCII are decoded, except for `%25` and `%2F`. */
  readonly path: string
  /** Configuration for reading payloads; a route may have its own. */
  readonly settings: DecodeSettings
  /** The route of the call; `undefined` beyond the limit, and without a route table. */
  readonly route: Route | undefined
  /** Caches the result of `make` for this call: later stages pass the same function. */
  readonly once: <Found>(make: (call: Call) => Found) => Found
  readonly requestBytes: () => Decoded
  readonly responseBytes: () => Decoded
  /** Tolerates bare NaN, Infinity and -Infinity tokens; see `parseJson`. */
  readonly requestJson: () => Parsed
  readonly responseJson: () => Parsed
}

/** Reads a JSON body; the value may become invalid when the next one is read. */
type ReadJson = (bytes: Uint8Array) => Parsed

export function createCall(exchange: Exchange, settings: DecodeSettings): Call {
  return new ReusableCall(settings, { request: parseJson, response: parseJson }).begin(exchange)
}

/** Reuses one object for successive calls: only numbers and strings of a call may be retained. */
export class ReusableCall implements Call {
  readonly #settings: DecodeSettings
  readonly #found = new Map<unknown, unknown>()
  readonly #request: Body
  readonly #response: Body
  #exchange: Exchange | undefined
  #target: string | undefined
  path = ''
  route: Route | undefined

  constructor(
    settings: DecodeSettings,
    readJson: { readonly request: ReadJson; readonly response: ReadJson },
  ) {
    this.#settings = settings
    this.#request = new Body(settings.maxBodyBytes, readJson.request)
    this.#response = new Body(settings.maxBodyBytes, readJson.response)
  }

  begin(exchange: Exchange): this {
    const { target, request, response } = exchange
    this.#exchange = exchange
    this.route = undefined
    if (this.#found.size > 0) this.#found.clear()
    this.#request.begin(request)
    this.#response.begin(response)
    if (target !== this.#target) {
      this.#target = target
      this.path = pathOf(target)
    }
    return this
  }

  get settings(): DecodeSettings {
    return this.route?.rule?.settings ?? this.#settings
  }

  get exchange(): Exchange {
    return this.#exchange as Exchange
  }

  readonly once = <Found>(make: (call: Call) => Found): Found => {
    if (!this.#found.has(make)) this.#found.set(make, make(this))
    return this.#found.get(make) as Found
  }

  // Fields and not methods, so that callers may detach them.
  readonly requestBytes = (): Decoded => this.#request.bytes
  readonly responseBytes = (): Decoded => this.#response.bytes
  readonly requestJson = (): Parsed => this.#request.json
  readonly responseJson = (): Parsed => this.#response.json
}

class Body {
  readonly #maxBytes: number
  readonly #readJson: ReadJson
  #message: Message | undefined
  #bytes: Decoded | undefined
  #json: Parsed | undefined

  constructor(maxBytes: number, readJson: ReadJson) {
    this.#maxBytes = maxBytes
    this.#readJson = readJson
  }

  begin(message: Message): void {
    this.#message = message
    this.#bytes = undefined
    this.#json = undefined
  }

  get bytes(): Decoded {
    return (this.#bytes ??= decodeBody(this.#message as Message, this.#maxBytes))
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

/** The path of a request target in origin form or absolute form, without the query and with ASCII as it is. */
function pathOf(target: string): string {
  return plainPath(rawPathOf(target))
}

function rawPathOf(target: string): string {
  const query = target.indexOf('?')
  const withoutQuery = query === -1 ? target : target.slice(0, query)
  if (withoutQuery.startsWith('/')) return withoutQuery
  const authority = withoutQuery.indexOf('://')
  if (authority === -1) return withoutQuery
  const path = withoutQuery.indexOf('/', authority + 3)
  return path === -1 ? '/' : withoutQuery.slice(path)
}
