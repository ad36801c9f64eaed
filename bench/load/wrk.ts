/** Closed-loop load: as many requests as `connections` can have answered one after the other. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bodies, PATH } from './traffic.ts'

export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  readonly p50Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly maxUs: number
  /** Sockets that failed, and responses that were not 2xx. */
  readonly errors: number
}

const scriptOf = (isKept: boolean): string => `
local requests = {}
init = function()
${bodies.map((body, i) => `  requests[${i + 1}] = wrk.format("POST", nil, {["Content-Type"]="application/json"${isKept ? '' : ', ["Connection"]="close"'}}, [[${body}]])`).join('\n')}
end
local turn = 0
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT {"requests":%d,"seconds":%f,"p50Us":%f,"p99Us":%f,"p999Us":%f,"maxUs":%f,"errors":%d}\\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max,
    e.connect + e.read + e.write + e.status + e.timeout))
end
`

/** `isKept`: false opens a connection for every request. */
export function wrkScript(directory: string, { isKept = true } = {}): string {
  const path = join(directory, isKept ? 'requests.lua' : 'requests-close.lua')
  writeFileSync(path, scriptOf(isKept))
  return path
}

export async function runWrk(
  script: string,
  port: number,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<LoadResult> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, `http://127.0.0.1:${port}${PATH}`]
  const child = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  const result = /^RESULT (.*)$/m.exec(output)?.[1]
  if (result === undefined) throw new Error(`wrk gave no result:\n${output}`)
  return JSON.parse(result) as LoadResult
}
