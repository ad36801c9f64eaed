/** What modeltap costs in memory: large bodies, many connections, millions of requests. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { droppedBytes } from './counter.ts'
import { residentMiB } from './process-cost.ts'
import { table } from './table.ts'
import { BULK_BYTES, startTarget, type Target, type TargetName } from './targets.ts'
import { bodies, PATH } from './traffic.ts'
import { runWrk, wrkScript } from './wrk.ts'

export interface ScenarioOptions {
  readonly directory: string
  readonly upstream: Target
  readonly log: (line: string) => void
}

const run = promisify(execFile)

async function withTarget<T>(
  name: TargetName,
  { directory, upstream }: ScenarioOptions,
  work: (target: Target) => Promise<T>,
): Promise<T> {
  const target = await startTarget(name, directory, upstream)
  try {
    return await work(target)
  } finally {
    await target.stop()
  }
}

/** The most that `pid` held while `work` ran, in MiB, looked at every 50 ms. */
async function peakWhile<T>(pid: number, work: () => Promise<T>): Promise<{ result: T; peakMiB: number }> {
  let peakMiB = residentMiB(pid)
  const timer = setInterval(() => (peakMiB = Math.max(peakMiB, residentMiB(pid))), 50)
  const result = await work()
  clearInterval(timer)
  return { result, peakMiB }
}

async function transfer(port: number, direction: 'up' | 'down'): Promise<number> {
  const program = join(import.meta.dirname, 'bulk.ts')
  const { stdout } = await run(process.execPath, [program, String(port), direction, String(BULK_BYTES)])
  return BULK_BYTES / 2 ** 20 / Number(stdout)
}

/** One body of 1 GiB each way. */
export async function largeBodies(options: ScenarioOptions): Promise<string> {
  const script = wrkScript(options.directory)
  const rows: string[][] = []
  for (const direction of ['down', 'up'] as const) {
    const rates = new Map<TargetName, number[]>()
    let grownMiB = 0
    await withTarget('modeltap', options, (modeltap) =>
      withTarget('haproxy', options, async (haproxy) => {
        // What any traffic needs is not what a large body needs.
        await runWrk(script, modeltap.port, { connections: 8, seconds: 5 })
        const beforeMiB = residentMiB(modeltap.pid)
        for (let round = 0; round < 3; round += 1) {
          for (const { name, port, pid } of [modeltap, haproxy]) {
            const { result, peakMiB } = await peakWhile(pid, () => transfer(port, direction))
            options.log(`1 GiB ${direction}, ${name}: ${Math.round(result)} MiB/s`)
            rates.set(name as TargetName, [...(rates.get(name as TargetName) ?? []), result])
            if (name === 'modeltap') grownMiB = Math.max(grownMiB, peakMiB - beforeMiB)
          }
        }
      }),
    )
    const best = (name: TargetName): number => Math.max(...(rates.get(name) ?? []))
    rows.push([
      direction === 'down' ? 'response' : 'request',
      best('modeltap').toFixed(0),
      best('haproxy').toFixed(0),
      (best('modeltap') / best('haproxy')).toFixed(2),
      grownMiB.toFixed(1),
    ])
  }
  return table(
    ['1 GiB body, best of 3', 'modeltap MiB/s', 'haproxy MiB/s', 'ratio (≥ 0.8)', 'RSS + MiB (< 20)'],
    rows,
  )
}

const OPEN_CONNECTIONS = 2000
const ACTIVE_CONNECTIONS = 50

async function openConnections(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = []
  const [body = ''] = bodies
  for (let i = 0; i < count; i += 1) {
    const socket = connect({ port, host: '127.0.0.1' })
    await once(socket, 'connect')
    socket.write(`POST ${PATH} HTTP/1.1\r\nHost: bench\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    await once(socket, 'data')
    sockets.push(socket)
  }
  return sockets
}

/** Many connections at rest while some work. */
export function manyConnections(options: ScenarioOptions): Promise<string> {
  const script = wrkScript(options.directory)
  return withTarget('modeltap', options, async ({ pid, port }) => {
    await runWrk(script, port, { connections: ACTIVE_CONNECTIONS, seconds: 5 })
    const beforeMiB = residentMiB(pid)
    const sockets = await openConnections(port, OPEN_CONNECTIONS)
    const openMiB = residentMiB(pid)
    const load = await runWrk(script, port, { connections: ACTIVE_CONNECTIONS, seconds: 5 })
    const afterMiB = residentMiB(pid)
    const closed = sockets.filter((socket) => socket.destroyed || socket.readableEnded).length
    for (const socket of sockets) socket.destroy()
    return table(
      [
        'connections',
        'RSS before MiB',
        'all open',
        `and ${ACTIVE_CONNECTIONS} active`,
        'growth (≤ 40)',
        'closed',
        'failed requests',
      ],
      [
        [
          `${OPEN_CONNECTIONS} at rest`,
          beforeMiB.toFixed(1),
          openMiB.toFixed(1),
          afterMiB.toFixed(1),
          (afterMiB - beforeMiB).toFixed(1),
          String(closed),
          String(load.errors),
        ],
      ],
    )
  })
}

/** Resident memory over `millions` of requests, a row for each half million. */
export function soak(options: ScenarioOptions, millions: number): Promise<string> {
  const script = wrkScript(options.directory)
  return withTarget('modeltap', options, async ({ pid, port, adminPort = 0 }) => {
    const rows: string[][] = []
    let requests = 0
    let errors = 0
    for (let next = 0.5e6; requests < millions * 1e6; next += 0.5e6) {
      while (requests < next) {
        const result = await runWrk(script, port, { connections: 8, seconds: 5 })
        requests += result.requests
        errors += result.errors
      }
      const dropped = await droppedBytes(adminPort)
      rows.push([(requests / 1e6).toFixed(2), residentMiB(pid).toFixed(1), String(errors), String(dropped)])
      options.log(`${rows.at(-1)?.[0]} million requests: ${rows.at(-1)?.[1]} MiB`)
    }
    return table(['million requests', 'RSS MiB (≤ 110)', 'failed', 'bytes dropped'], rows)
  })
}
