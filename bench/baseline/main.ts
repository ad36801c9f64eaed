/**
 * `modeltap baseline build` on large files: rows a second and the most memory that it ever had resident.
 *
 *     node bench/baseline/main.ts FILE...
 *
 * bench/baseline/make.py makes the files. Fails above a gigabyte.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'

const BUDGET_MIB = 1_024
const POLL_MS = 500
const entry = resolve(import.meta.dirname, '../../src/main.ts')

/** Linux' own high-water mark of a process; undefined once it has ended. */
function peakMib(pid: number): number | undefined {
  try {
    const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kib === undefined ? undefined : Number(kib) / 1_024
  } catch {
    return undefined
  }
}

async function measure(file: string, folder: string): Promise<void> {
  const output = join(folder, 'baseline.json')
  const started = performance.now()
  const child = spawn(process.execPath, [entry, 'baseline', 'build', '--input', file, '--output', output], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  let peak = 0
  const timer = setInterval(() => (peak = Math.max(peak, peakMib(child.pid ?? 0) ?? 0)), POLL_MS)
  const [code] = (await once(child, 'close')) as [number | null]
  clearInterval(timer)
  const seconds = (performance.now() - started) / 1_000
  if (code !== 0) throw new Error(`building from ${file} ended with ${code}`)
  const { rows } = JSON.parse(readFileSync(output, 'utf8')) as { rows: number }
  const gigabytes = (statSync(file).size / 1e9).toFixed(1)
  console.log(
    `${basename(file)}: ${gigabytes} GB, ${rows} rows in ${seconds.toFixed(0)} s, ` +
      `${Math.round(rows / seconds)} rows/s, at most ${peak.toFixed(0)} MiB resident (budget ${BUDGET_MIB})`,
  )
  if (peak > BUDGET_MIB) process.exitCode = 1
}

const folder = mkdtempSync(join(tmpdir(), 'modeltap-bench-'))
try {
  for (const file of process.argv.slice(2)) await measure(file, folder)
} finally {
  rmSync(folder, { recursive: true })
}
