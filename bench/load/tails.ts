/** What keep-alive with eight connections does not show: many kept connections, and a new connection for each request. */
import { median } from './median.ts'
import { cpuSeconds } from './process-cost.ts'
import { table } from './table.ts'
import { startTarget, type Target, type TargetName } from './targets.ts'
import { type LoadResult, runWrk, wrkScript } from './wrk.ts'

export interface TailOptions {
  readonly directory: string
  readonly upstream: Target
  readonly log: (line: string) => void
}

const NAMES: readonly TargetName[] = ['haproxy', 'node-pipes', 'modeltap']

const LOADS = [
  { name: '64 kept', connections: 64, isKept: true },
  { name: '256 kept', connections: 256, isKept: true },
  { name: '512 kept', connections: 512, isKept: true },
  { name: 'new each, 1 at once', connections: 1, isKept: false },
  { name: 'new each, 8 at once', connections: 8, isKept: false },
] as const

interface Sample extends LoadResult {
  readonly cpuSecondsPer1000: number
}

/** Alternating rounds of one run, medians and the ratios against ten lines of Node. */
export async function tails(
  { directory, upstream, log }: TailOptions,
  rounds: number,
  seconds: number,
): Promise<string> {
  const scripts = { kept: wrkScript(directory), closed: wrkScript(directory, { isKept: false }) }
  const started: Target[] = []
  const samples = new Map<string, Sample[]>()
  try {
    for (const name of NAMES) started.push(await startTarget(name, directory, upstream))
    for (const { port } of started) await runWrk(scripts.kept, port, { connections: 8, seconds: 3 })
    for (let round = 1; round <= rounds; round += 1)
      for (const { name: load, connections, isKept } of LOADS)
        for (const target of round % 2 === 1 ? started : started.toReversed()) {
          const before = cpuSeconds(target.pid)
          const script = isKept ? scripts.kept : scripts.closed
          const result = await runWrk(script, target.port, { connections, seconds })
          const cpuSecondsPer1000 = ((cpuSeconds(target.pid) - before) * 1000) / result.requests
          const key = `${load} ${target.name}`
          samples.set(key, [...(samples.get(key) ?? []), { ...result, cpuSecondsPer1000 }])
          log(`round ${round}/${rounds} ${key}: ${Math.round(result.requests / result.seconds)}/s`)
        }
  } finally {
    for (const target of started) await target.stop()
  }
  const of = (load: string, name: string, what: (sample: Sample) => number): number =>
    median((samples.get(`${load} ${name}`) ?? []).map(what))
  const rows = LOADS.flatMap(({ name: load }) =>
    NAMES.map((name) => [
      `${load}, ${name}`,
      of(load, name, ({ requests, seconds: time }) => requests / time).toFixed(0),
      of(load, name, ({ cpuSecondsPer1000 }) => cpuSecondsPer1000).toFixed(4),
      (of(load, name, ({ p99Us }) => p99Us) / 1000).toFixed(1),
      (of(load, name, ({ p999Us }) => p999Us) / 1000).toFixed(1),
      (of(load, name, ({ maxUs }) => maxUs) / 1000).toFixed(1),
      String((samples.get(`${load} ${name}`) ?? []).reduce((sum, { errors }) => sum + errors, 0)),
    ]),
  )
  return table(
    ['median of rounds', 'req/s', 'CPU s/1000', 'p99 ms', 'p99.9 ms', 'longest ms', 'errors'],
    rows,
  )
}
