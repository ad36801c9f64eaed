// HOT: per chunk
/** Splits a streamed body into events: the data of server-sent events, or JSON lines. */
import { createParser } from 'eventsource-parser'

/** Maximum characters of one event; a longer one ends the observation of the stream. */
const MAX_EVENT_CHARS = 1_048_576

export interface StreamParser {
  readonly feed: (text: string) => void
  /** Drops the beginning of an event. */
  readonly reset: () => void
  /** No more bytes will arrive: the last line may lack its line feed. */
  readonly end: () => void
}

export interface StreamParserOptions {
  /** @param name of a server-sent event; `undefined` without one */
  readonly onEvent: (data: string, name: string | undefined) => void
  readonly onTooLong: () => void
}

export function eventParser({ onEvent, onTooLong }: StreamParserOptions): StreamParser {
  const parser = createParser({
    maxBufferSize: MAX_EVENT_CHARS,
    onEvent: ({ data, event }) => onEvent(data, event),
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') onTooLong()
    },
  })
  return {
    feed: (text) => parser.feed(text),
    reset: () => parser.reset(),
    end: () => undefined,
  }
}

export function lineParser({ onEvent, onTooLong }: StreamParserOptions): StreamParser {
  let partial = ''
  return {
    feed: (text) => {
      let start = 0
      for (;;) {
        const end = text.indexOf('\n', start)
        if (end === -1) break
        const line = text.slice(start, end)
        onEvent(partial === '' ? line : partial + line, undefined)
        partial = ''
        start = end + 1
      }
      partial += text.slice(start)
      if (partial.length <= MAX_EVENT_CHARS) return
      partial = ''
      onTooLong()
    },
    reset: () => {
      partial = ''
    },
    end: () => {
      const last = partial
      partial = ''
      if (last.trim() !== '') onEvent(last, undefined)
    },
  }
}
