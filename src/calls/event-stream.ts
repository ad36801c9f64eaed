import type { Message } from '../observe/exchange.ts'

export function isEventStream({ header }: Message): boolean {
  return header('content-type')?.startsWith('text/event-stream') === true
}
