/**
 * Adds examples to the help of a command in one format. A test parses each of them; docs/command-line.md shows them.
 */
import type { Command } from 'commander'

const known = new WeakMap<Command, readonly string[]>()

/** @param examples whole command lines; each begins with `modeltap` or pipes into it */
export function addExamples(command: Command, examples: readonly string[]): Command {
  known.set(command, examples)
  return command.addHelpText('after', () => `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`)
}

export function examplesOf(command: Command): readonly string[] {
  return known.get(command) ?? []
}
