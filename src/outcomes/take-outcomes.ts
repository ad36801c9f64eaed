/** Processes one body of outcomes in slices, so that analysis continues meanwhile; returns counts and broken lines. */
import type { Outcome, OutcomeResult } from './outcome.ts'
import type { Answer, Outcomes } from './outcomes.ts'
import { readOutcomes } from './read-outcomes.ts'

/** Outcomes in one turn of the event loop. */
const SLICE = 500
/** Maximum number of broken lines to report one by one. */
const MAX_TOLD = 100

export interface BrokenLine {
  readonly line: number
  readonly reason: string
}

export interface TakenOutcomes {
  /** Outcomes that were read. */
  readonly taken: number
  /** Their results; `waiting` ones are retried for a while (outcomes.wait). */
  readonly results: Readonly<Partial<Record<Answer, number>>>
  /** Lines that are not outcomes. */
  readonly broken: number
  /** The first hundred of them. */
  readonly errors: readonly BrokenLine[]
}

export async function takeOutcomes(outcomes: Outcomes, text: string): Promise<TakenOutcomes> {
  const results: Partial<Record<Answer, number>> = {}
  const errors: BrokenLine[] = []
  let taken = 0
  let broken = 0
  let slice: { readonly outcome: Outcome; readonly line: number }[] = []
  const tell = (line: number, reason: string): void => {
    if (errors.length < MAX_TOLD) errors.push({ line, reason })
  }
  const flush = async (): Promise<void> => {
    const answers = await outcomes.accept(slice.map(({ outcome }) => outcome))
    for (const [index, { outcome, line }] of slice.entries()) {
      const answer = answers[index] as Answer
      results[answer] = (results[answer] ?? 0) + 1
      const reason = reasonOf(answer, outcome, outcomes)
      if (reason !== undefined) tell(line, reason)
    }
    slice = []
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const { line, parsed } of readOutcomes(text)) {
    if ('problem' in parsed) {
      broken += 1
      outcomes.refuse()
      tell(line, parsed.problem)
      continue
    }
    for (const outcome of parsed.outcomes) {
      taken += 1
      slice.push({ outcome, line })
    }
    if (slice.length >= SLICE) await flush()
  }
  if (slice.length > 0) await flush()
  return { taken, results, broken, errors }
}

const REASONS: Partial<Record<OutcomeResult, string>> = {
  unknown_output: 'its prediction has other outputs, or several; name them: "labels": {"output": …}',
  too_old: 'its time is before outcomes.horizon',
  model_limit: 'the limit of models or outputs is reached (limits.models)',
  store_failed: 'the store is down and the spool is full or off (state.directory, outcomes.spoolBytes)',
}

function reasonOf(answer: Answer, outcome: Outcome, outcomes: Outcomes): string | undefined {
  if (answer === 'waiting') return undefined
  if (answer === 'invalid' && outcome.kind === 'figure') {
    return `"${outcome.kpi}" is not a configured figure; configured: ${outcomes.kpiNames.join(', ')} (kpis)`
  }
  return REASONS[answer]
}
