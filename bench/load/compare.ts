/** The comparison: every target against the same upstream, in alternating rounds of one run. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { counter, droppedBytes } from './counter.ts'
import { cpuSeconds, residentMiB } from './process-cost.ts'
import { startTarget, type Target, type TargetName } from './targets.ts'
import { type LoadResult, runWrk, wrkScript } from './wrk.ts'

export interface CompareOptions {
  readonly targets: readonly TargetName[]
  readonly rounds: number
  /** Seconds of each measurement. */
  readonly seconds: number
  readonly directory: string
  readonly upstream: Target
  readonly log: (line: string) => void
}

/** One measurement of one target. */
export interface Sample extends LoadResult {
  /** CPU of the whole process, all threads, per 1000 requests; NaN for the direct way. */
  readonly cpuSecondsPer1000: number
}

export const LOADS = ['1 connection', '8 connections', '64 connections', 'fixed rate'] as const
export type Load = (typeof LOADS)[number]

/** What one modeltap saw. */
export interface Watched {
  readonly name: TargetName
  /** Of its ring, over all of it. */
  readonly droppedBytes: number
  /** Requests that it observed and counted, for the share that was analysed. */
  readonly observedRequests: number
  /** Requests sent to it, the warm-up's among them. */
  readonly sentRequests: number
}

export interface Comparison {
  readonly samples: ReadonlyMap<TargetName, Readonly<Record<Load, Sample[]>>>
  readonly residentMiB: ReadonlyMap<TargetName, number>
  /** Of modeltap, as proxy and as capture, where they were measured. */
  readonly watched: readonly Watched[]
}

/** Requests a second of the fixed rate, and the keep-alive connections that share them. */
const CONNECTIONS = { '1 connection': 1, '8 connections': 8, '64 connections': 64 } as const

export const FIXED_RATE = 5000
const FIXED_CONNECTIONS = 16
const WARM_UP_SECONDS = 3
const CAPTURE_LAG_MS = 2_000

const run = promisify(execFile)

export async function runFixedRate(port: number, seconds: number, rate = FIXED_RATE): Promise<LoadResult> {
  const program = join(import.meta.dirname, 'fixed-rate.ts')
  const args = [program, port, rate, seconds, FIXED_CONNECTIONS].map(String)
  return JSON.parse((await run(process.execPath, args)).stdout) as LoadResult
}

/** Of all its processes; NaN for the direct way. */
const cpuOf = ({ pid, otherPids = [] }: Target): number =>
  pid === 0 ? Number.NaN : [pid, ...otherPids].reduce((sum, one) => sum + cpuSeconds(one), 0)

const noSamples = (): Record<Load, Sample[]> => ({
  '1 connection': [],
  '8 connections': [],
  '64 connections': [],
  'fixed rate': [],
})

export async function compare(options: CompareOptions): Promise<Comparison> {
  const { targets: names, rounds, seconds, directory, upstream, log } = options
  const script = wrkScript(directory)
  const started: Target[] = []
  try {
    for (const name of names) started.push(await startTarget(name, directory, upstream))
    const samples = new Map(names.map((name) => [name, noSamples()]))
    const warmUps = new Map<string, number>()
    for (const { name, port } of started) {
      const warmUp = await runWrk(script, port, { connections: 8, seconds: WARM_UP_SECONDS })
      warmUps.set(name, warmUp.requests)
    }
    for (let round = 1; round <= rounds; round += 1) {
      for (const load of LOADS) {
        // Each round in the other order, so that nobody is always measured after the same neighbour.
        for (const target of round % 2 === 1 ? started : started.toReversed()) {
          const before = cpuOf(target)
          const result =
            load === 'fixed rate'
              ? await runFixedRate(target.port, seconds)
              : await runWrk(script, target.port, { connections: CONNECTIONS[load], seconds })
          const cpu = cpuOf(target) - before
          samples
            .get(target.name as TargetName)
            ?.[load].push({ ...result, cpuSecondsPer1000: (cpu * 1000) / result.requests })
          const figures = `${Math.round(result.requests / result.seconds)}/s p50 ${Math.round(result.p50Us)} p99 ${Math.round(result.p99Us)} µs`
          log(
            `round ${round}/${rounds} ${load}, ${target.name}: ${figures}${result.errors > 0 ? `, ${result.errors} ERRORS` : ''}`,
          )
        }
      }
    }
    // Captured packets come up to a second late.
    await new Promise((later) => setTimeout(later, CAPTURE_LAG_MS))
    const watched: Watched[] = []
    for (const { name, adminPort } of started) {
      if (adminPort === undefined) continue
      const all = LOADS.flatMap((load) => samples.get(name as TargetName)?.[load] ?? [])
      watched.push({
        name: name as TargetName,
        droppedBytes: await droppedBytes(adminPort),
        observedRequests: await counter(adminPort, 'modeltap_requests_total'),
        sentRequests: all.reduce((sum, { requests }) => sum + requests, warmUps.get(name) ?? 0),
      })
    }
    return {
      samples,
      residentMiB: new Map(
        started.map(({ name, pid, otherPids = [] }) => [
          name as TargetName,
          pid === 0 ? Number.NaN : [pid, ...otherPids].reduce((sum, one) => sum + residentMiB(one), 0),
        ]),
      ),
      watched,
    }
  } finally {
    for (const target of started) await target.stop()
  }
}
