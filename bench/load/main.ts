/**
 * npm run bench:load [-- SCENARIO] [--rounds 5] [--seconds 4] [--targets direct,modeltap,haproxy] [--millions 5]
 *
 * `compare` (the default) puts modeltap, haproxy (TCP mode, one thread), nginx (HTTP, one worker), a plain `node:http`
 * reverse proxy and Go's `httputil.ReverseProxy` before the same upstream, lets modeltap capture the packets of a second port of it, loads them in alternating rounds of one run,
 * and prints medians and ratios. Analysis of every request is on. Figures of different runs are not comparable, ratios
 * within a run are. Loads: wrk with 1, 8 and 64 connections (closed loop), fixed-rate.ts with 5,000 requests/s (open loop).
 *
 * `bodies`: one body of 1 GiB each way. `connections`: 2,000 at rest, 50 active. `soak`: memory over millions of requests.
 * `tails`: 64 to 512 kept connections and a connection a request, against haproxy and ten lines of `node:net`.
 * `rates`: 1,000, 5,000 and 10,000 requests/s with and without a capture, and while its processes are killed.
 * `quiet`: CPU at 0, 1, 10 and 100 requests/s; takes `--seconds 20`.
 * `failing`: latency of the traffic while the analysis thread is killed or stands still.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { compare } from './compare.ts'
import { failing } from './failing.ts'
import { largeBodies, manyConnections, soak } from './memory.ts'
import { quiet } from './quiet.ts'
import { rates } from './rates.ts'
import { report } from './report.ts'
import { tails } from './tails.ts'
import { buildModeltap, hasGo, startUpstream, type TargetName, TARGETS } from './targets.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    millions: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    targets: { type: 'string', default: TARGETS.filter((name) => name !== 'go-proxy' || hasGo()).join(',') },
  },
})
const targets = values.targets.split(',').map((name) => {
  if (!(TARGETS as readonly string[]).includes(name)) {
    throw new Error(`--targets: "${name}" is none; allowed: ${TARGETS.join(', ')}`)
  }
  return name as TargetName
})

execFileSync(
  'bash',
  [
    resolve(import.meta.dirname, '../../scripts/ensure-tools.sh'),
    ...['haproxy=haproxy', 'nginx=nginx', 'wrk=wrk', 'tcpdump=tcpdump'],
  ],
  { stdio: 'inherit' },
)

async function scenario(name: string): Promise<string> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`)
  const options = { directory, upstream, log }
  switch (name) {
    case 'compare':
      return report(
        await compare({
          ...options,
          targets,
          rounds: Number(values.rounds),
          seconds: Number(values.seconds),
        }),
      )
    case 'bodies':
      return largeBodies(options)
    case 'connections':
      return manyConnections(options)
    case 'failing':
      return failing(options, Number(values.rounds), Number(values.seconds))
    case 'tails':
      return tails(options, Number(values.rounds), Number(values.seconds))
    case 'quiet':
      return quiet(options, Number(values.rounds), Number(values.seconds))
    case 'rates':
      return rates(options, Number(values.seconds))
    case 'soak':
      return soak(options, Number(values.millions))
    default:
      throw new Error(
        `"${name}" is no scenario; allowed: compare, bodies, connections, failing, tails, quiet, rates, soak`,
      )
  }
}

const directory = mkdtempSync(join(tmpdir(), 'modeltap-bench-'))
buildModeltap()
const upstream = await startUpstream(directory)
try {
  const result = await scenario(positionals[0] ?? 'compare')
  const [cpu] = cpus()
  process.stdout.write(
    `${cpus().length} × ${cpu?.model ?? 'unknown CPU'}, Node.js ${process.version}\n\n${result}\n`,
  )
} finally {
  await upstream.stop()
  rmSync(directory, { recursive: true })
}
