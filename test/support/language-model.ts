/**
 * An OpenAI-compatible server for tests, streamed or not, with real delays. What it writes is what vLLM and llama.cpp
 * write: the role at once, the first content when the prompt was read, a last chunk with the usage where asked for.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { startUpstream, type TestUpstream } from './upstream.ts'

export interface LanguageModelPace {
  /** From the request to the first content, ms. */
  readonly promptMs: number
  /** Between pieces, ms. */
  readonly tokenMs: number
}

export const PROMPT_TOKENS = 11
export const CACHED_TOKENS = 4
/** What it always answers, in pieces of one token. */
export const ANSWER = ['Rivers', ' run', ' to', ' the', ' sea', '.'] as const

interface Body {
  readonly model?: string
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
  readonly tools?: readonly unknown[]
  readonly max_tokens?: number
}

const usageOf = (completionTokens: number) => ({
  prompt_tokens: PROMPT_TOKENS,
  completion_tokens: completionTokens,
  total_tokens: PROMPT_TOKENS + completionTokens,
  prompt_tokens_details: { cached_tokens: CACHED_TOKENS },
})

export async function startLanguageModel(pace: LanguageModelPace): Promise<TestUpstream> {
  return startUpstream((request, bytes, response) => {
    const body = JSON.parse(bytes.toString()) as Body
    void new Answer(request, response, body, pace).send()
  })
}

class Answer {
  readonly #response: ServerResponse
  readonly #body: Body
  readonly #pace: LanguageModelPace
  readonly #isChat: boolean
  readonly #pieces: readonly string[]
  readonly #finish: string

  constructor(request: IncomingMessage, response: ServerResponse, body: Body, pace: LanguageModelPace) {
    this.#response = response
    this.#body = body
    this.#pace = pace
    this.#isChat = request.url === '/v1/chat/completions'
    this.#pieces = ANSWER.slice(0, body.max_tokens ?? ANSWER.length)
    const whole = this.#pieces.length === ANSWER.length ? 'stop' : 'length'
    this.#finish = body.tools === undefined ? whole : 'tool_calls'
  }

  async send(): Promise<void> {
    if (this.#body.model === 'absent') return this.#refuse()
    await (this.#body.stream === true ? this.#stream() : this.#whole())
  }

  #refuse(): void {
    const error = { message: 'The model `absent` does not exist.', type: 'NotFoundError', code: 404 }
    this.#response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
  }

  async #whole(): Promise<void> {
    await delay(this.#pace.promptMs + this.#pieces.length * this.#pace.tokenMs)
    const content = this.#pieces.join('')
    const part = this.#isChat ? { message: { role: 'assistant', content } } : { text: content }
    const choices = [{ index: 0, ...part, finish_reason: this.#finish }]
    this.#response.writeHead(200, { 'content-type': 'application/json' })
    this.#response.end(
      JSON.stringify({ ...this.#head(), object: this.#object, choices, usage: usageOf(this.#pieces.length) }),
    )
  }

  async #stream(): Promise<void> {
    this.#response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    // Proxies and browsers get something to hold on to before the model has read the prompt.
    if (this.#isChat) this.#chunk({ delta: { role: 'assistant', content: '' }, finish_reason: null })
    await delay(this.#pace.promptMs)
    for (const [index, piece] of this.#pieces.entries()) {
      if (index > 0) await delay(this.#pace.tokenMs)
      this.#chunk({ ...this.#part(piece, index), finish_reason: null })
    }
    this.#chunk({ ...(this.#isChat ? { delta: {} } : { text: '' }), finish_reason: this.#finish })
    if (this.#body.stream_options?.include_usage === true)
      this.#event({ ...this.#head(), choices: [], usage: usageOf(this.#pieces.length) })
    this.#response.end('data: [DONE]\n\n')
  }

  #part(piece: string, index: number): object {
    if (!this.#isChat) return { text: piece }
    if (this.#body.tools === undefined) return { delta: { content: piece } }
    const call = index === 0 ? { id: 'call_0', type: 'function' } : {}
    const name = index === 0 ? { name: 'look_up' } : {}
    return { delta: { tool_calls: [{ index: 0, ...call, function: { ...name, arguments: piece } }] } }
  }

  #chunk(choice: object): void {
    this.#event({ ...this.#head(), choices: [{ index: 0, ...choice }] })
  }

  #event(event: object): void {
    // The reader may have gone: then nothing more is written, as by any server.
    if (!this.#response.destroyed)
      this.#response.write(`data: ${JSON.stringify({ object: `${this.#object}.chunk`, ...event })}\n\n`)
  }

  get #object(): string {
    return this.#isChat ? 'chat.completion' : 'text_completion'
  }

  #head() {
    return { id: 'answer-1', created: 1_700_000_000, model: this.#body.model ?? 'unnamed' }
  }
}
