/** `modeltap baseline diff A B`: what changed between two baselines of one model. */
import type { Command } from 'commander'
import { loadBaseline } from '../../baseline/load.ts'
import { addConfigFlags } from '../config-flag.ts'
import { loadFromFlags } from '../configuration.ts'
import { addExamples } from '../examples.ts'
import { print } from '../print.ts'
import { compareBaselines } from './compare.ts'
import { renderDiff } from './render.ts'

interface DiffFlags {
  readonly config?: string
  readonly json?: boolean
  readonly failOnDrift?: boolean
}

/** @param group `modeltap baseline` */
export function registerDiff(group: Command): void {
  const command = group
    .command('diff')
    .description(
      'compare two baselines: columns added, removed, of another kind, and the drift of B against A',
    )
    .argument('<a>', 'the earlier baseline file')
    .argument('<b>', 'the later baseline file')
    .option('--json', 'as JSON')
    .option('--fail-on-drift', 'exit with 1 when a column has drifted')
  addConfigFlags(command).action(diff)
  addExamples(command, [
    'modeltap baseline diff january.json july.json',
    'modeltap baseline diff baseline.json new.json --fail-on-drift --json',
  ])
}

async function diff(fileA: string, fileB: string, { json, failOnDrift, ...flags }: DiffFlags): Promise<void> {
  const { config } = loadFromFlags(flags)
  const [a, b] = await Promise.all([loadBaseline(fileA), loadBaseline(fileB)])
  const found = compareBaselines(a, b, { drift: config.drift, nameKey: config.privacy.key })
  if (json === true) {
    const about = ({ model, version, rows, created, source }: typeof a) => ({
      model,
      version,
      rows,
      created,
      source,
    })
    print(
      JSON.stringify({ a: { file: fileA, ...about(a) }, b: { file: fileB, ...about(b) }, ...found }, null, 2),
    )
  } else print(renderDiff(found, [fileA, fileB], [a, b]))
  if (failOnDrift === true && found.columns.some(({ drifted }) => drifted)) process.exitCode = 1
}
