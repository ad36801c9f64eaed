/** `npm run bench`: every micro benchmark, one after the other, each in a process of its own. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const folder = import.meta.dirname
/** The other files of the folder are what these share. */
const programs = [
  'ring.ts',
  'exchange.ts',
  'http1.ts',
  'http2.ts',
  'decode.ts',
  'bin-edges.ts',
  'sketches.ts',
  'evaluate.ts',
  'exposition-record.ts',
  'exposition.ts',
] as const

let failed = 0
for (const program of programs) {
  console.log(`\n── ${program}`)
  const { status } = spawnSync(process.execPath, ['--expose-gc', join(folder, program)], { stdio: 'inherit' })
  if (status !== 0) failed += 1
}
console.log(`\n${programs.length - failed} of ${programs.length} benchmarks within their budgets`)
process.exitCode = failed === 0 ? 0 : 1
