/** The openai Python client, and what it says that it saw. */
import { execFile, execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'

export interface Usage {
  readonly input: number
  readonly output: number
  readonly cached: number
}

export interface Streamed {
  /** Seconds from the call to the first piece. */
  readonly first: number
  /** Seconds of the whole call. */
  readonly seconds: number
  readonly pieces: number
  readonly chars: number
  readonly usage: Usage | null
  readonly finish: string
  /** How llama.cpp timed itself. */
  readonly timings: { readonly prompt_ms: number; readonly predicted_per_token_ms: number } | null
}

/** By the way of asking. */
export interface Seen {
  readonly whole: { readonly seconds: number; readonly usage: Usage; readonly finish: string }
  readonly streamed: Streamed
  readonly uncounted: Streamed
  readonly tools: Streamed
  readonly completion: { readonly pieces: number }
  readonly left: { readonly pieces: number }
  readonly refused: { readonly status: number }
  readonly embeddings: {
    readonly rows: number
    readonly tokens: number
    readonly seconds: number
    readonly size: number
    /** Median of the distances of the second half from the mean direction of the first. */
    readonly distance: number
  }
}

/** The Python with the client and llama.cpp's server; installs them at the first call. */
export function languageModelPython(): string {
  const script = resolve(import.meta.dirname, '../../scripts/language-model-tools.sh')
  return execFileSync(script, { encoding: 'utf8' }).trim()
}

/** Asks in these ways, one after the other. */
export async function askWithOpenai<Way extends keyof Seen>(
  url: string,
  ways: readonly Way[],
): Promise<Pick<Seen, Way>> {
  const script = resolve(import.meta.dirname, 'openai_client.py')
  const { stdout } = await promisify(execFile)(languageModelPython(), [script, url, ...ways])
  return JSON.parse(stdout) as Pick<Seen, Way>
}
