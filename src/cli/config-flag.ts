import type { Command } from 'commander'

export const MISSING_HELP =
  "texts that mean a missing value, such as '?' (default: what pandas reads as such)"

export const DECIMAL_HELP =
  'decimal separator of numbers in CSV files: auto, comma (1.234,5) or point (1,234.5) (default: auto)'

export function addConfigFlags(command: Command): Command {
  return command.option(
    '--config <file>',
    'YAML configuration; every key is optional (docs/configuration.md)',
  )
}
