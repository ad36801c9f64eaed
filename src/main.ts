#!/usr/bin/env node
/** argv and exit codes: 0 fine, 1 a failure while running, 2 wrong usage or configuration. */
import { CommanderError } from 'commander'
import { createProgram } from './cli/program.ts'
import { ModeltapError } from './errors.ts'

function exitCodeOf(error: unknown): number {
  if (error instanceof ModeltapError) {
    console.error(`modeltap: ${error.message}\n  ${error.hint}  [${error.code}]`)
    return error.exitCode
  }
  // commander has printed its message already; help and version end with 0
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  console.error(error)
  return 1
}

try {
  const program = await createProgram(process.argv[2])
  await program.parseAsync(process.argv)
} catch (error) {
  process.exitCode = exitCodeOf(error)
}
