import type { Command } from 'commander'
import { stringify } from 'yaml'
import { configKeys } from '../config/keys.ts'
import { configSchema, type Config } from '../config/schema.ts'
import { loadFromFlags } from './configuration.ts'
import { describeSeries } from './series-estimate.ts'

export function registerCheckConfig(program: Command): void {
  program
    .command('check-config')
    .description('validate a configuration file and print what it comes to')
    .argument('<file>', 'the YAML file')
    .action((file: string) => {
      const { config, unknownVariables } = loadFromFlags({ config: file })
      console.log(`${file} is valid: ${configKeys(configSchema).length} keys, with defaults:\n`)
      console.log(stringify(withoutSecrets(config)).trimEnd())
      console.log(`\n${describeSeries(config)}`)
      for (const name of unknownVariables)
        console.log(`\nwarning: the environment variable ${name} names no key`)
    })
}

const HIDDEN = '(hidden)'

/** What is printed ends up in logs and tickets. */
function withoutSecrets({ admin, otlp, ...rest }: Config): object {
  const token = admin.token === undefined ? {} : { token: HIDDEN }
  const headers = Object.fromEntries(Object.keys(otlp.headers).map((name) => [name, HIDDEN]))
  return { ...rest, admin: { ...admin, ...token }, otlp: { ...otlp, headers } }
}
