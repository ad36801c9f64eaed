// HOT: per chunk
/** Follows a streamed answer as it arrives and measures the times and lengths of its pieces. No content is stored. */
import { answerErrorOf } from '../calls/answer-error.ts'
import { isEventStream, isLineStream } from '../calls/event-stream.ts'
import type { BodyObserver, Exchange } from '../observe/exchange.ts'
import { GenerationMeter } from './generation.ts'
import { meterEvent } from './generation-event.ts'
import { eventParser, lineParser, type StreamParser } from './stream-parser.ts'

export type StreamFormat = 'events' | 'lines'

export class GenerationStream implements BodyObserver {
  readonly meter = new GenerationMeter()
  #timeMs = NaN
  #isBroken = false
  #text = new TextDecoder()
  readonly #parser: StreamParser

  constructor(format: StreamFormat = 'events') {
    const makeParser = format === 'events' ? eventParser : lineParser
    this.#parser = makeParser({
      onEvent: (data, name) => this.#accept(data, name),
      onTooLong: () => {
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

  /** The stream has ended. */
  end(): void {
    if (!this.#isBroken) this.#parser.end()
  }

  #accept(data: string, name: string | undefined): void {
    if (data === '[DONE]') {
      this.meter.hasEnded = true
      return
    }
    let event: unknown
    try {
      event = JSON.parse(data)
    } catch {
      // Not a piece of an answer; only its name may mark it as an error.
      if (name === 'error') this.meter.fail({ outcome: 'server_error' })
      return
    }
    if (name === 'error')
      this.meter.fail(answerErrorOf(event) ?? answerErrorOf({ error: event }) ?? { outcome: 'server_error' })
    else meterEvent(this.meter, event, this.#timeMs)
  }
}

/** The stream format of a response; `undefined` for other responses. */
export function streamFormatOf(response: Exchange['response']): StreamFormat | undefined {
  if (isEventStream(response)) return 'events'
  return isLineStream(response) ? 'lines' : undefined
}

/** For `ObserverOptions.onStreamedResponse`: follows uncompressed events and JSON lines. */
export function followGeneration({ status, response }: Exchange): BodyObserver | undefined {
  if (status !== 200 || response.header('content-encoding') !== undefined) return undefined
  const format = streamFormatOf(response)
  return format === undefined ? undefined : new GenerationStream(format)
}
