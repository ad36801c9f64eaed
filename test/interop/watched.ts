/**
 * A server watched in two ways at once: modeltap passes its traffic on, and a second modeltap captures the same bytes
 * between the first one and the server. Both must count the same.
 */
import { expect } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { mayCapture } from '../support/may-capture.ts'
import { type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'

/** What follows from the traffic alone. */
const CALLS = [
  'modeltap_requests_total',
  'modeltap_llm_streams_total',
  'modeltap_llm_tokens_total',
  'modeltap_llm_finish_reasons_total',
] as const
/** Equal where the structure is known from the first call. Values of columns count only from the learned baseline on. */
const ROWS = ['modeltap_predictions_total'] as const

interface WatchOptions {
  /** Whether rows are compared too. */
  readonly withRows?: boolean
  /** A model that is not compared: its client leaves, and how much the server had sent by then differs on both sides. */
  readonly leftModel?: string
}

/** Starts modeltap before the server at `upstream`, `host:port`. Its `stop` fails where the capture counted otherwise. */
export async function startWatched(
  upstream: string,
  environment: Record<string, string> = {},
  { withRows = true, leftModel }: WatchOptions = {},
): Promise<RunningModeltap> {
  const names = withRows ? [...CALLS, ...ROWS] : CALLS
  const port = upstream.slice(upstream.lastIndexOf(':') + 1)
  const capture = mayCapture() ? await startModeltap(['--capture', port], environment) : undefined
  const proxy = await startModeltap(['--upstream', upstream], environment)
  const compare = async (): Promise<void> => {
    if (capture === undefined) return
    const all = counted(names, await (await fetch(`${proxy.adminUrl}/metrics`)).text())
    const expected = Object.fromEntries(
      Object.entries(all).filter(([series]) => !series.includes(`"model":"${leftModel ?? ''}"`)),
    )
    expect(Object.keys(expected)).not.toEqual([])
    await eventually(capture, (exposition) => expect(counted(names, exposition)).toMatchObject(expected))
  }
  return {
    ...proxy,
    stop: async () => {
      try {
        await compare()
      } finally {
        await capture?.stop()
      }
      return proxy.stop()
    },
  }
}

/** By name and labels, without zeros: the capture also sees what asks the server itself, such as a test that waits for it. */
function counted(names: readonly string[], exposition: string): Record<string, number> {
  const found: Record<string, number> = {}
  for (const name of names) {
    for (const { labels, value } of samples(exposition, name)) {
      if (value > 0 && labels['operation'] !== 'health') found[`${name} ${JSON.stringify(labels)}`] = value
    }
  }
  return found
}
