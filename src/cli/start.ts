/** The command line, on a supported Node.js; main.ts runs before. */
import { ignoreSignals } from '../lib/signals.ts'
import { deferOptimisation, saveMemory } from '../lib/v8-flags.ts'

// Before anything else is loaded, because V8 would optimise the loading code first.
if (process.argv[2] === 'run') {
  ignoreSignals()
  saveMemory()
  deferOptimisation()
}
const { runCommandLine } = await import('./command-line.ts')
await runCommandLine(process.argv)
