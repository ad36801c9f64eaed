/** The command line on a Node.js that can run it; main.ts comes before. */
import { ignoreSignals } from '../lib/signals.ts'
import { deferOptimisation, saveMemory } from '../lib/v8-flags.ts'

// Before anything else is loaded: loading is what V8 would optimise first.
if (process.argv[2] === 'run') {
  ignoreSignals()
  saveMemory()
  deferOptimisation()
}
const { runCommandLine } = await import('./command-line.ts')
await runCommandLine(process.argv)
