/** `npm run chaos [-- --seconds 600 --seed 7]`: prints its seed, every event, and what did not hold; exits with 1 then. */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { broken, runChaos } from '../test/chaos/chaos.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } })
const seconds = Number(values.seconds ?? 600)
const seed = Number(values.seed ?? randomInt(2 ** 31))
console.log(`chaos for ${seconds} s; repeat with: npm run chaos -- --seconds ${seconds} --seed ${seed}`)
const startMs = performance.now()
const report = await runChaos({
  seconds,
  seed,
  log: (line) => console.log(`${((performance.now() - startMs) / 1000).toFixed(1).padStart(6)} s  ${line}`),
})
console.log(
  JSON.stringify(
    { ...report, failed: report.failed.length, wrongProbes: report.wrongProbes.length },
    null,
    2,
  ),
)
const problems = broken(report)
for (const problem of problems) console.log(`broken: ${problem}`)
process.exitCode = problems.length > 0 ? 1 : 0
