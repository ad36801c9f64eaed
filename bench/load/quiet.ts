/** What modeltap costs when little or nothing happens: CPU of the whole process at low fixed rates, without scrapes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { runFixedRate } from './compare.ts'
import type { ScenarioOptions } from './memory.ts'
import { cpuSeconds } from './process-cost.ts'
import { table } from './table.ts'
import { startModeltap } from './targets.ts'

/** Requests a second, and the share of a core that they may cost at most. */
const LEVELS = [
  { rate: 0, targetRatio: 0.002 },
  { rate: 1, targetRatio: 0.003 },
  { rate: 10, targetRatio: 0.005 },
  { rate: 100, targetRatio: 0.02 },
] as const
/** The start and the first compilation are over. */
const SETTLE_MS = 10_000

async function measure(options: ScenarioOptions, rate: number, seconds: number): Promise<number> {
  const target = await startModeltap(options.directory, options.upstream.port)
  try {
    if (rate > 0) await runFixedRate(target.port, 5, rate)
    await sleep(SETTLE_MS)
    const startMs = performance.now()
    const before = cpuSeconds(target.pid)
    if (rate === 0) await sleep(seconds * 1000)
    else {
      const { errors } = await runFixedRate(target.port, seconds, rate)
      if (errors > 0) throw new Error(`${errors} requests failed at ${rate}/s`)
    }
    return (cpuSeconds(target.pid) - before) / ((performance.now() - startMs) / 1000)
  } finally {
    await target.stop()
  }
}

const percent = (ratio: number): string => `${(ratio * 100).toFixed(2)} %`

/** CPU is counted in hundredths of a second, so a measurement should take at least 20 seconds. */
export async function quiet(options: ScenarioOptions, rounds: number, seconds: number): Promise<string> {
  const measured = new Map<number, number[]>(LEVELS.map(({ rate }) => [rate, []]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const { rate } of LEVELS) {
      const ratio = await measure(options, rate, seconds)
      measured.get(rate)?.push(ratio)
      options.log(`round ${round}/${rounds}, ${rate}/s: ${percent(ratio)} of a core`)
    }
  }
  return table(
    ['requests/s', 'share of a core, each round', 'target, at most'],
    LEVELS.map(({ rate, targetRatio }) => [
      String(rate),
      (measured.get(rate) ?? []).map(percent).join(', '),
      percent(targetRatio),
    ]),
  )
}
