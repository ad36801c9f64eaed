import { Command } from 'commander'
import { version } from '../lib/version.ts'

type Register = (program: Command) => void

/**
 * The commands in the order of the help. Each is loaded on demand, because unused code would stay in the sidecar's
 * memory.
 */
const commands = {
  run: async () => (await import('./run.ts')).registerRun,
  demo: async () => (await import('./demo/index.ts')).registerDemo,
  baseline: async () => (await import('./baseline.ts')).registerBaseline,
  replay: async () => (await import('./replay.ts')).registerReplay,
  'explain-payload': async () => (await import('./explain-payload.ts')).registerExplainPayload,
  'check-config': async () => (await import('./check-config.ts')).registerCheckConfig,
  attach: async () => (await import('./attach/index.ts')).registerAttach,
  status: async () => (await import('./status/index.ts')).registerStatus,
  top: async () => (await import('./top.ts')).registerTop,
  inject: async () => (await import('./inject/index.ts')).registerInject,
  completion: async () => (await import('./completion.ts')).registerCompletion,
  version: async () => (await import('./version.ts')).registerVersion,
} as const satisfies Record<string, () => Promise<Register>>

/** @param wanted the first argument; anything other than a command loads all of them, for help and suggestions */
export async function createProgram(wanted: string | undefined): Promise<Command> {
  const program = new Command('modeltap')
    .description('Monitoring sidecar for model servers: latency, errors, resources and drift in Prometheus')
    .version(version)
    .showHelpAfterError('Run with --help to see what is allowed.')
    .showSuggestionAfterError()
  program.exitOverride()
  const known = Object.entries(commands)
  const chosen = known.filter(([name]) => name === wanted)
  for (const [, load] of chosen.length > 0 ? chosen : known) (await load())(program)
  for (const command of program.commands) inheritSettings(command, program)
  return program
}

/** Commands made by `program.command()` copy these; those of nested groups must too. */
function inheritSettings(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) inheritSettings(child, command)
}
