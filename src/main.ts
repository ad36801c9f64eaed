#!/usr/bin/env node
import { deferOptimisation, saveMemory } from './lib/v8-flags.ts'

// Before anything else is loaded: loading is what V8 would optimise first.
if (process.argv[2] === 'run') {
  saveMemory()
  deferOptimisation()
}
const { runCommandLine } = await import('./cli/command-line.ts')
await runCommandLine(process.argv)
