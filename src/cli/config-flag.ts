import type { Command } from 'commander'

export function addConfigFlags(command: Command): Command {
  return command.option(
    '--config <file>',
    'YAML configuration; every key is optional (docs/configuration.md)',
  )
}
