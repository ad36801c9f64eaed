import type { Message } from '../observe/exchange.ts'

export function isEventStream({ header }: Message): boolean {
  return header('content-type')?.startsWith('text/event-stream') === true
}

const LINE_TYPES =
  /^application\/(?:x-ndjson|ndjson|jsonl|x-jsonl|jsonlines|x-jsonlines|json-lines|stream\+json)\b/i

/** One JSON value on each line. */
export function isLineStream({ header }: Message): boolean {
  return LINE_TYPES.test(header('content-type') ?? '')
}
