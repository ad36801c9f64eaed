/** `modeltap status ADDRESS`: prints the state of a running modeltap once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { systemClock } from '../../lib/clock.ts'
import { addAdminArguments, type AdminFlags, createAdminClient } from '../admin-client.ts'
import { durationMs } from '../duration-flag.ts'
import { addExamples } from '../examples.ts'
import { print } from '../print.ts'
import { readStatus } from './read-status.ts'
import { renderStatus } from './render.ts'

interface StatusFlags extends AdminFlags {
  readonly over: number
  readonly json?: boolean
}

export function registerStatus(program: Command): void {
  const command = addAdminArguments(
    program
      .command('status')
      .description(
        'what a running modeltap sees: models, requests, errors, baseline, drift, what is not understood',
      ),
  )
    .addOption(
      new Option('--over <duration>', 'time over which rates are measured')
        .argParser(durationMs)
        .default(2000, '2s'),
    )
    .option('--json', 'as JSON')
    .action(async (address: string, flags: StatusFlags) => {
      const client = createAdminClient(address, flags)
      const { monotonicMs } = systemClock
      const status = await readStatus({ client, overMs: flags.over, sleep, monotonicMs })
      print(flags.json === true ? JSON.stringify(status, null, 2) : renderStatus(status))
    })
  addExamples(command, [
    'modeltap status',
    'modeltap status 10.0.3.7:9464 --over 10s',
    'modeltap status https://modeltap.example.com --token-file token.txt --json',
  ])
}
