/**
 * Sends what became of the flights: some seconds after their predictions, as JSON lines to `POST /api/v1/outcomes` of
 * modeltap's admin port. In production a job does it that reads the arrivals.
 */
import { readFileSync } from 'node:fs'

export interface LabelSender {
  /** The label of each row of an answered request. */
  readonly add: (id: string, labels: readonly string[]) => void
  readonly stop: () => void
}

export interface LabelSenderOptions {
  /** `http://127.0.0.1:9464`. */
  readonly url: string
  readonly tokenFile: string
  /** Mean time between a prediction and its label. */
  readonly delayMs: number
  readonly random: () => number
}

interface Waiting {
  readonly dueMs: number
  readonly line: string
}

const SEND_EVERY_MS = 1000
/** A target that does not answer must not eat our memory. */
const MAX_WAITING = 100_000

export function createLabelSender({ url, tokenFile, delayMs, random }: LabelSenderOptions): LabelSender {
  let waiting: Waiting[] = []
  const timer = setInterval(() => {
    const nowMs = performance.now()
    const due = waiting.filter(({ dueMs }) => dueMs <= nowMs)
    if (due.length === 0) return
    waiting = waiting.filter(({ dueMs }) => dueMs > nowMs)
    const body = due.map(({ line }) => line).join('\n')
    const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`
    // modeltap may not be up yet, or no longer.
    fetch(`${url}/api/v1/outcomes`, { method: 'POST', headers: { authorization }, body }).catch(
      () => undefined,
    )
  }, SEND_EVERY_MS)
  return {
    add(id, labels) {
      if (waiting.length >= MAX_WAITING) return
      const [label] = labels
      const line = JSON.stringify(labels.length === 1 ? { id, label } : { id, labels })
      waiting.push({ dueMs: performance.now() + delayMs * (0.5 + random()), line })
    },
    stop: () => clearInterval(timer),
  }
}
