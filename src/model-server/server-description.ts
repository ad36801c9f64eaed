/** Fetches the model server's own description once, in the background, when it first answers a call. */
import { compilePathPattern } from '../calls/route-path.ts'
import { parseJson } from '../formats/json.ts'
import type { Address } from '../lib/address.ts'
import type { Get } from './bounded-get.ts'
import { type DescribedRoute, readOpenApi } from './openapi.ts'

/** FastAPI, LitServe, vetiver and KServe serve the first, BentoML the second. */
const PATHS = ['/openapi.json', '/docs.json'] as const
const MAX_BYTES = 2_097_152
const HEADERS = { accept: 'application/json' }

export interface ServerDescriptionOptions {
  readonly upstream: Address
  readonly timeoutMs: number
  readonly get: Get
}

interface Known extends DescribedRoute {
  readonly matches: (path: string) => boolean
}

export class ServerDescription {
  readonly #options: ServerDescriptionOptions
  #isAsked = false
  #routes: readonly Known[] = []

  constructor(options: ServerDescriptionOptions) {
    this.#options = options
  }

  /** Fetches at the first call of this method; failures change nothing. */
  ask(): void {
    if (this.#isAsked) return
    this.#isAsked = true
    void this.#fetch()
  }

  /** The description of a route; `undefined` when missing or not loaded yet. */
  route(method: string, path: string): DescribedRoute | undefined {
    return this.#routes.find((route) => route.method === method && route.matches(path))
  }

  get routes(): readonly DescribedRoute[] {
    return this.#routes
  }

  async #fetch(): Promise<void> {
    const { upstream, timeoutMs, get } = this.#options
    for (const path of PATHS) {
      const got = await get({ address: upstream, path }, HEADERS, { timeoutMs, maxBytes: MAX_BYTES })
      if ('failure' in got) continue
      const parsed = parseJson(got.body)
      const routes = 'value' in parsed ? readOpenApi(parsed.value) : undefined
      if (routes === undefined) continue
      this.#routes = routes.map((route) => ({ ...route, matches: compilePathPattern(route.path) }))
      return
    }
  }
}
