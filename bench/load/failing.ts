/** What the traffic notices when analysis fails: p99 while its thread is killed again and again, stands still, or lags. */
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runFixedRate } from './compare.ts'
import { counter, droppedBytes } from './counter.ts'
import type { ScenarioOptions } from './memory.ts'
import { table } from './table.ts'
import { startModeltap, type Target } from './targets.ts'
import { type LoadResult, runWrk, wrkScript } from './wrk.ts'

/** Gives the process signals that end its analysis thread, or make it stand still for good. */
const DOORS = ['--import', resolve(import.meta.dirname, '../../test/support/killable-analysis.ts')]
const KILL = 'SIGUSR2'
const STALL = 'SIGWINCH'
const KILL_EVERY_MS = 1000
/** Requests a second: few enough that two cores have time left, and that the ring lasts longer than a measurement. */
const RATE = 1000
/** A thread that stands still is replaced after 15 seconds; then it can be asked what was lost. */
const REPLACED_LIMIT_MS = 30_000

interface Losses {
  readonly droppedBytes: number
  readonly restarts: number
}

type State = 'analysis works' | 'killed every second' | 'stands still' | 'stands still, ring full'
const STATES: readonly State[] = [
  'analysis works',
  'killed every second',
  'stands still',
  'stands still, ring full',
]

/** Answers only when the thread that was killed or stood still has a successor. */
async function lossesOf({ adminPort = 0 }: Target): Promise<Losses> {
  const deadline = performance.now() + REPLACED_LIMIT_MS
  for (;;) {
    try {
      const restarts = await counter(adminPort, 'modeltap_analysis_restarts_total')
      return { droppedBytes: await droppedBytes(adminPort), restarts }
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(200)
    }
  }
}

interface Measured extends LoadResult {
  /** Of the first round only: a thread that stands still takes 15 seconds to have a successor. */
  readonly losses: Losses | undefined
}

async function measure(
  state: State,
  options: ScenarioOptions,
  seconds: number,
  isFirst: boolean,
): Promise<Measured> {
  const script = wrkScript(options.directory)
  const target = await startModeltap(options.directory, options.upstream.port, DOORS)
  const signal = (name: NodeJS.Signals): void => void process.kill(target.pid, name)
  let killing: NodeJS.Timeout | undefined
  try {
    await runWrk(script, target.port, { connections: 8, seconds: 2 })
    // Analysis catches up, so that the ring is empty.
    await sleep(1000)
    if (state === 'killed every second') killing = setInterval(() => signal(KILL), KILL_EVERY_MS)
    if (state.startsWith('stands still')) signal(STALL)
    // Several times what the ring holds.
    if (state === 'stands still, ring full') await runWrk(script, target.port, { connections: 8, seconds: 3 })
    const result = await runFixedRate(target.port, seconds, RATE)
    clearInterval(killing)
    return { ...result, losses: isFirst ? await lossesOf(target) : undefined }
  } finally {
    clearInterval(killing)
    await target.stop()
  }
}

/**
 * The best of `rounds`, because whatever else runs on the machine only adds. `seconds`: at most five, so that a thread
 * that stands still is not replaced while it is measured.
 */
export async function failing(options: ScenarioOptions, rounds: number, seconds: number): Promise<string> {
  const samples = new Map<State, Measured[]>(STATES.map((state) => [state, []]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const state of round % 2 === 1 ? STATES : STATES.toReversed()) {
      const result = await measure(state, options, seconds, round === 1)
      samples.get(state)?.push(result)
      options.log(
        `round ${round}/${rounds}, ${state}: p50 ${Math.round(result.p50Us)} p99 ${Math.round(result.p99Us)} µs, ${result.errors} failed`,
      )
    }
  }
  const rows = STATES.map((state) => {
    const all = samples.get(state) ?? []
    const losses = all[0]?.losses
    return [
      state,
      Math.min(...all.map(({ p50Us }) => p50Us)).toFixed(0),
      Math.min(...all.map(({ p99Us }) => p99Us)).toFixed(0),
      String(all.reduce((sum, { errors }) => sum + errors, 0)),
      ((losses?.droppedBytes ?? Number.NaN) / 2 ** 20).toFixed(1),
      String(losses?.restarts),
    ]
  })
  return table(
    [`analysis, at ${RATE}/s`, 'p50 µs', 'p99 µs', 'failed requests', 'MiB not analysed', 'restarts'],
    rows,
  )
}
