/** What a capture sees and costs at fixed rates, against no capture in the same run, and when its processes are killed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { runFixedRate } from './compare.ts'
import { counter, droppedBytes } from './counter.ts'
import type { ScenarioOptions } from './memory.ts'
import { table } from './table.ts'
import { startTarget, type Target } from './targets.ts'
import type { LoadResult } from './wrk.ts'

const RATES = [1_000, 5_000, 10_000]
/** Captured packets come up to a second late. */
const CAPTURE_LAG_MS = 3_000
const KILL_EVERY_MS = 1_000
const KILLED_RATE = 1_000

const ms = (us: number): string => (us / 1000).toFixed(2)

export async function rates(options: ScenarioOptions, seconds: number): Promise<string> {
  const { directory, upstream, log } = options
  const direct = await startTarget('direct', directory, upstream)
  const capture = await startTarget('capture', directory, upstream)
  const rows: string[][] = []
  try {
    await runFixedRate(capture.port, 3, RATES[0])
    for (const rate of RATES) {
      await sleep(CAPTURE_LAG_MS)
      const before = await seenBy(capture)
      const captured = await runFixedRate(capture.port, seconds, rate)
      await sleep(CAPTURE_LAG_MS)
      const seen = (await seenBy(capture)) - before
      const plain = await runFixedRate(direct.port, seconds, rate)
      rows.push(rowOf(rate, captured, plain, seen, await droppedBytes(capture.adminPort ?? 0)))
      log(`${rate}/s: ${seen} of ${captured.requests} seen`)
    }
    const killed = await whileKilled(capture, seconds)
    return [
      table(
        [
          ...['requests/s', 'sent', 'seen', 'failed', 'p50 ms', 'without capture', 'p99 ms'],
          ...['without capture', 'ratio of p99', 'MiB not analysed'],
        ],
        rows,
      ),
      '',
      `tcpdump killed every second, then modeltap, at ${KILLED_RATE}/s: ${killed.errors} of ${killed.requests} requests failed`,
    ].join('\n')
  } finally {
    await direct.stop()
    await capture.stop()
  }
}

const seenBy = ({ adminPort = 0 }: Target): Promise<number> => counter(adminPort, 'modeltap_requests_total')

function rowOf(
  rate: number,
  captured: LoadResult,
  plain: LoadResult,
  seen: number,
  dropped: number,
): string[] {
  return [
    ...[String(rate), String(captured.requests), String(seen), String(captured.errors + plain.errors)],
    ...[ms(captured.p50Us), ms(plain.p50Us), ms(captured.p99Us), ms(plain.p99Us)],
    ...[(captured.p99Us / plain.p99Us).toFixed(2), (dropped / 2 ** 20).toFixed(1)],
  ]
}

/** tcpdump has a new process after each kill; the last kill is modeltap's own. */
async function whileKilled(capture: Target, seconds: number): Promise<LoadResult> {
  let isDead = false
  const killing = setInterval(() => {
    if (isDead) return
    for (const pid of capture.otherPids ?? []) process.kill(pid, 'SIGKILL')
  }, KILL_EVERY_MS)
  const dying = setTimeout(
    () => {
      isDead = true
      process.kill(capture.pid, 'SIGKILL')
    },
    (seconds * 1000) / 2,
  )
  try {
    return await runFixedRate(capture.port, seconds, KILLED_RATE)
  } finally {
    clearInterval(killing)
    clearTimeout(dying)
  }
}
