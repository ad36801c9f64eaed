/** Measures a request to a language model as one row. The text itself is not stored. */
import { isObject, type JsonObject } from '../formats/json-value.ts'
import { TextMeter } from '../records/free-text.ts'
import type { Side } from '../records/pairing.ts'
import type { ColumnSet } from '../records/record-batch.ts'

const MAX_DEPTH = 8
/** Members with the input of the model. */
const TEXT_KEYS = ['system', 'instructions', 'messages', 'prompt', 'input', 'inputs', 'text_input'] as const
/** Members of a message or part with text or further parts. */
const PART_KEYS = ['content', 'text', 'input', 'output'] as const
/** Names of the limit of generated tokens in the formats. */
const LIMIT_KEYS = [
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'max_new_tokens',
  'num_predict',
] as const
const SETTING_KEYS = ['temperature', 'top_p'] as const

export function promptSide(body: JsonObject): Side {
  const prompt = new Prompt()
  for (const key of TEXT_KEYS) prompt.add(body[key], 0)
  // Ollama has images beside the text.
  prompt.addMedia(body['images'])
  // TGI and Ollama have separate settings.
  const settings = [body['parameters'], body['options']].find(isObject) ?? body
  const { messages, tools, stream } = body
  return {
    rows: 1,
    write: (set) => {
      prompt.write(set)
      if (Array.isArray(messages)) set.column('messages').setNumber(0, messages.length)
      if (Array.isArray(tools)) set.column('tools').setNumber(0, tools.length)
      for (const key of SETTING_KEYS) writeNumber(set, key, settings[key])
      writeNumber(
        set,
        'max_tokens',
        LIMIT_KEYS.map((key) => settings[key]).find((value) => value !== undefined),
      )
      if (typeof stream === 'boolean') set.column('stream').setBoolean(0, stream)
    },
  }
}

class Prompt {
  readonly #text = new TextMeter()
  #tokens = 0
  #media = 0

  /** A string, a part, or a list of them; a list of numbers is tokens. */
  add(value: unknown, depth: number): void {
    if (depth > MAX_DEPTH) return
    if (typeof value === 'string') {
      this.#text.add(value)
      this.#text.endWord()
    } else if (typeof value === 'number') this.#tokens += 1
    else if (Array.isArray(value)) for (const part of value) this.add(part, depth + 1)
    else if (isObject(value)) this.#addPart(value, depth)
  }

  /** A list of images. */
  addMedia(value: unknown): void {
    if (Array.isArray(value)) this.#media += value.length
  }

  write(set: ColumnSet): void {
    if (this.#tokens > 0) set.column('prompt_tokens').setNumber(0, this.#tokens)
    else {
      set.column('prompt_chars').setNumber(0, this.#text.chars)
      set.column('prompt_words').setNumber(0, this.#text.words)
    }
    if (this.#media > 0) set.column('prompt_media').setNumber(0, this.#media)
  }

  #addPart(part: JsonObject, depth: number): void {
    const { type } = part
    this.addMedia(part['images'])
    if (typeof type === 'string' && /image|audio|video|file|document/.test(type)) this.#media += 1
    else for (const key of PART_KEYS) this.add(part[key], depth + 1)
  }
}

function writeNumber(set: ColumnSet, name: string, value: unknown): void {
  if (typeof value === 'number') set.column(name).setNumber(0, value)
}
