/** argv and exit codes: 0 for success, 1 for a failure while running, 2 for wrong usage or configuration. */
import { CommanderError } from 'commander'
import { ModeltapError } from '../errors.ts'
import { printError } from './print.ts'
import { createProgram } from './program.ts'

function exitCodeOf(error: unknown): number {
  if (error instanceof ModeltapError) {
    printError(`modeltap: ${error.message}\n  ${error.hint}  [${error.code}]`)
    return error.exitCode
  }
  // commander has printed its message already; help and version end with 0
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  printError(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return 1
}

/** @param argv as passed by Node.js: program, script, arguments */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  try {
    const program = await createProgram(argv[2])
    await program.parseAsync(argv)
  } catch (error) {
    process.exitCode = exitCodeOf(error)
  }
}
