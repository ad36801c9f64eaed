/**
 * A language model's server and its readers, so that the boards have generated answers to show: it answers in the chat
 * completions format, at the pace and with the tokens that it says, word by word or, as TGI does, in one piece with the
 * times of its phases in the headers. Some readers do not wait for the end.
 */
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, exponential } from '../../examples/flight-delay/random.ts'

const MODEL = 'small-talk'
const WORDS = 'the model answers one word after another until it has said what there was to say'.split(' ')
const FIRST_TOKEN_MEAN_MS = 150
const PER_TOKEN_MS = 15
const INPUT_TOKENS = 40
const VALIDATION_MS = 2
/** One answer of so many is asked for in one piece. */
const WHOLE_EVERY = 4

export interface ChatServer {
  readonly address: string
  readonly close: () => Promise<void>
}

async function stream(response: ServerResponse, random: () => number): Promise<void> {
  const event = (data: object): boolean =>
    response.write(`data: ${JSON.stringify({ id: 'answer', model: MODEL, ...data })}\n\n`)
  const choice = (delta: object, finish_reason: string | null = null): boolean =>
    event({ object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] })
  const length = answerLength(random)
  response.setHeader('content-type', 'text/event-stream')
  choice({ role: 'assistant', content: '' })
  await sleep(exponential(random, FIRST_TOKEN_MEAN_MS))
  for (let index = 0; index < length && !response.destroyed; index += 1) {
    choice({ content: `${WORDS[index % WORDS.length]} ` })
    await sleep(PER_TOKEN_MS)
  }
  choice({}, finishReason(random))
  event({ choices: [], usage: usage(random, length) })
  response.end('data: [DONE]\n\n')
}

async function answerWhole(response: ServerResponse, random: () => number): Promise<void> {
  const length = answerLength(random)
  const [queueMs, inferenceMs] = [exponential(random, FIRST_TOKEN_MEAN_MS), length * PER_TOKEN_MS]
  await sleep(VALIDATION_MS + queueMs + inferenceMs)
  const content = Array.from({ length }, (_, index) => WORDS[index % WORDS.length]).join(' ')
  response.setHeaders(
    new Map([
      ['content-type', 'application/json'],
      ['x-validation-time', `${VALIDATION_MS}`],
      ['x-queue-time', `${Math.round(queueMs)}`],
      ['x-inference-time', `${inferenceMs}`],
    ]),
  )
  response.end(
    JSON.stringify({
      id: 'answer',
      object: 'chat.completion',
      model: MODEL,
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finishReason(random) }],
      usage: usage(random, length),
    }),
  )
}

const answerLength = (random: () => number): number => 5 + Math.floor(random() * 40)

const finishReason = (random: () => number): string => (random() < 0.1 ? 'length' : 'stop')

const usage = (random: () => number, length: number): object => ({
  prompt_tokens: INPUT_TOKENS,
  completion_tokens: length,
  prompt_tokens_details: { cached_tokens: random() < 0.5 ? 16 : 0 },
  completion_tokens_details: { reasoning_tokens: Math.floor(length / 5) },
})

export async function startChatServer(): Promise<ChatServer> {
  const random = createRandom(1)
  const server = createServer((request, response) => {
    json(request)
      .then((body) =>
        (body as { stream: boolean }).stream ? stream(response, random) : answerWhole(response, random),
      )
      // A reader that gave up before it had asked.
      .catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

/** One answer, read to its end or, for every sixteenth, given up after a moment. */
async function read(address: string, turn: number): Promise<void> {
  const patience = turn % 16 === 15 ? AbortSignal.timeout(200) : AbortSignal.timeout(30_000)
  const stream = turn % WHOLE_EVERY !== 0
  const response = await fetch(`http://${address}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: MODEL,
      stream,
      ...(stream ? { stream_options: { include_usage: true } } : {}),
      messages: [{ role: 'user', content: `Tell me more, please, for the ${turn}th time.` }],
    }),
    signal: patience,
  })
  await response.text()
}

/** Three readers at a time until the signal; a reader that gives up is no error. */
export async function readAnswers(address: string, signal: AbortSignal): Promise<void> {
  let turn = 0
  const reader = async (): Promise<void> => {
    while (!signal.aborted) {
      await read(address, (turn += 1)).catch(() => undefined)
      await sleep(50)
    }
  }
  await Promise.all([reader(), reader(), reader()])
}
