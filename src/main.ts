#!/usr/bin/env node
import { ignoreSignals } from './lib/signals.ts'
import { deferOptimisation, saveMemory } from './lib/v8-flags.ts'

// Before anything else is loaded: loading is what V8 would optimise first.
if (process.argv[2] === 'run') {
  ignoreSignals()
  saveMemory()
  deferOptimisation()
}
const { runCommandLine } = await import('./cli/command-line.ts')
await runCommandLine(process.argv)
