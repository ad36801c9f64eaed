import type { Command } from 'commander'

export const MISSING_HELP =
  "texts that mean a missing value, such as '?' (default: what pandas reads as such)"

export function addConfigFlags(command: Command): Command {
  return command.option(
    '--config <file>',
    'YAML configuration; every key is optional (docs/configuration.md)',
  )
}
