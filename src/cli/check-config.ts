import type { Command } from 'commander'
import { stringify } from 'yaml'
import { z } from 'zod'
import { configKeys } from '../config/keys.ts'
import { configSchema } from '../config/schema.ts'
import { withoutSecrets } from '../config/secrets.ts'
import { loadFromFlags } from './configuration.ts'
import { addExamples } from './examples.ts'
import { print } from './print.ts'
import { describeSeries, estimateSeries } from './series-estimate.ts'

export function registerCheckConfig(program: Command): void {
  const command = program
    .command('check-config')
    .description('validate a configuration file and print what it comes to')
    .argument('<file>', 'the YAML file')
    .option('--json', 'as JSON')
    .action((file: string, { json }: { readonly json?: boolean }) => {
      const { config, unknownVariables } = loadFromFlags({ config: file })
      const keys = configKeys(configSchema)
      const shown = withoutSecrets(z.encode(configSchema, config), keys)
      if (json === true) {
        print(JSON.stringify({ file, config: shown, series: estimateSeries(config), unknownVariables }))
        return
      }
      print(`${file} is valid: ${keys.length} keys, with defaults:\n`)
      print(stringify(shown).trimEnd())
      print(`\n${describeSeries(config)}`)
      for (const name of unknownVariables)
        print(`\nwarning: the environment variable ${name} is not used: its name or its value is not known`)
    })
  addExamples(command, ['modeltap check-config modeltap.yaml', 'modeltap check-config modeltap.yaml --json'])
}
