import type { Command } from 'commander'
import { stringify } from 'yaml'
import { z } from 'zod'
import { configKeys } from '../config/keys.ts'
import { configSchema } from '../config/schema.ts'
import { withoutSecrets } from '../config/secrets.ts'
import { loadFromFlags } from './configuration.ts'
import { addExamples } from './examples.ts'
import { print } from './print.ts'
import { describeSeries } from './series-estimate.ts'

export function registerCheckConfig(program: Command): void {
  const command = program
    .command('check-config')
    .description('validate a configuration file and print what it comes to')
    .argument('<file>', 'the YAML file')
    .action((file: string) => {
      const { config, unknownVariables } = loadFromFlags({ config: file })
      const keys = configKeys(configSchema)
      print(`${file} is valid: ${keys.length} keys, with defaults:\n`)
      print(stringify(withoutSecrets(z.encode(configSchema, config), keys)).trimEnd())
      print(`\n${describeSeries(config)}`)
      for (const name of unknownVariables) print(`\nwarning: the environment variable ${name} names no key`)
    })
  addExamples(command, ['modeltap check-config modeltap.yaml'])
}
