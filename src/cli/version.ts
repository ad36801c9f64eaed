import type { Command } from 'commander'
import { version } from '../lib/version.ts'
import { addExamples } from './examples.ts'
import { print } from './print.ts'

export function registerVersion(program: Command): void {
  const command = program
    .command('version')
    .description('print the version of modeltap and of the Node.js that runs it')
    .option('--json', 'as JSON')
    .action(({ json }: { readonly json?: boolean }) => {
      const facts = {
        modeltap: version,
        node: process.versions.node,
        platform: process.platform,
        arch: process.arch,
      }
      if (json === true) print(JSON.stringify(facts))
      else print(`modeltap ${version} (Node.js ${facts.node}, ${facts.platform} ${facts.arch})`)
    })
  addExamples(command, ['modeltap version', 'modeltap version --json'])
}
