// HOT: per chunk
/** Follows an event stream while it passes: when its pieces came, and how long they were. Nothing of it is kept. */
import { createParser, type EventSourceParser } from 'eventsource-parser'
import type { BodyObserver, Exchange } from '../observe/exchange.ts'
import { isEventStream } from '../calls/event-stream.ts'
import { GenerationMeter } from './generation.ts'
import { meterEvent } from './generation-event.ts'

/** Characters of one event that are waited for; a longer one ends the following. */
const MAX_EVENT_CHARS = 1_048_576

export class GenerationStream implements BodyObserver {
  readonly meter = new GenerationMeter()
  #timeMs = NaN
  #isBroken = false
  #text = new TextDecoder()
  readonly #parser: EventSourceParser

  constructor() {
    this.#parser = createParser({
      maxBufferSize: MAX_EVENT_CHARS,
      onEvent: ({ data }) => this.#accept(data),
      onError: ({ type }) => {
        if (type !== 'max-buffer-size-exceeded') return
        this.#isBroken = true
        this.meter.lose()
      },
    })
  }

  data(bytes: Uint8Array, start: number, end: number, timeMs: number): void {
    if (this.#isBroken) return
    this.#timeMs = timeMs
    this.#parser.feed(this.#text.decode(bytes.subarray(start, end), { stream: true }))
  }

  /** Bytes of the stream were not copied. */
  gap(): void {
    this.meter.lose()
    this.#isBroken = false
    this.#text = new TextDecoder()
    this.#parser.reset()
  }

  #accept(data: string): void {
    if (data === '[DONE]') {
      this.meter.isComplete = true
      return
    }
    let event: unknown
    try {
      event = JSON.parse(data)
    } catch {
      // Whatever it is, it is no piece of an answer.
      return
    }
    meterEvent(this.meter, event, this.#timeMs)
  }
}

/** For `ObserverOptions.onStreamedResponse`: follows event streams, and nothing that is compressed. */
export function followGeneration({ status, response }: Exchange): BodyObserver | undefined {
  if (status !== 200 || response.header('content-encoding') !== undefined) return undefined
  return isEventStream(response) ? new GenerationStream() : undefined
}
