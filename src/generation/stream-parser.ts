// HOT: per chunk
/** Cuts a streamed body into its events: the data of server-sent events, or the lines of a body of JSON lines. */
import { createParser } from 'eventsource-parser'

/** Characters of one event that are waited for; a longer one ends the following. */
const MAX_EVENT_CHARS = 1_048_576

export interface StreamParser {
  readonly feed: (text: string) => void
  /** Forgets the beginning of an event. */
  readonly reset: () => void
  /** Nothing more will come: a last line may lack its line feed. */
  readonly end: () => void
}

export interface StreamParserOptions {
  /** @param name of a server-sent event; `undefined` where it has none */
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
