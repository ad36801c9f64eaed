/** `modeltap completion SHELL`: a completion script, made of the commands themselves. */
import { Argument, type Command } from 'commander'
import { addExamples } from './examples.ts'
import { print } from './print.ts'

/** A command by its words without `modeltap`, with the words that may follow it. */
interface Completion {
  readonly path: readonly string[]
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly Flag[]
}

interface Flag {
  readonly name: string
  readonly description: string
  /** After which files are completed. */
  readonly takesValue: boolean
}

const SHELLS = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
} as const satisfies Record<string, (commands: readonly Completion[]) => string>

export function registerCompletion(program: Command): void {
  const names = Object.keys(SHELLS)
  const command = program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', `one of ${names.join(', ')}`).choices(names))
    .action(async (shell: keyof typeof SHELLS) => {
      // Of all commands; this process has loaded only its own.
      const { createProgram } = await import('./program.ts')
      print(SHELLS[shell](completionsOf(await createProgram(undefined))))
    })
  addExamples(command, ['modeltap completion bash', 'modeltap completion zsh', 'modeltap completion fish'])
}

function completionsOf(command: Command, path: readonly string[] = []): Completion[] {
  const options = command.options
    .filter(({ hidden, long }) => !hidden && long !== undefined)
    .map(({ long, description, required, optional, variadic }) => ({
      name: long ?? '',
      description,
      takesValue: required || optional || variadic === true,
    }))
  const own = {
    path,
    commands: command.commands.map((child) => ({ name: child.name(), description: child.description() })),
    options: [...options, { name: '--help', description: 'show what is allowed', takesValue: false }],
  }
  return [own, ...command.commands.flatMap((child) => completionsOf(child, [...path, child.name()]))]
}

const wordsOf = ({ commands, options }: Completion): string =>
  [...commands.map(({ name }) => name), ...options.map(({ name }) => name)].join(' ')

/** Files are completed where nothing else fits. */
function bashScript(completions: readonly Completion[]): string {
  const cases = completions.map(
    (completion) => `    '${completion.path.join(' ')}') words='${wordsOf(completion)}' ;;`,
  )
  const known = completions.map(({ path }) => `'${path.join(' ')}'`).join('|')
  return `# bash completion of modeltap: eval "$(modeltap completion bash)"
_modeltap() {
  local word path='' words='' current="\${COMP_WORDS[COMP_CWORD]}" index=1
  while [ "$index" -lt "$COMP_CWORD" ]; do
    word="\${COMP_WORDS[index]}"
    case "\${path:+$path }$word" in
      ${known}) path="\${path:+$path }$word" ;;
    esac
    index=$((index + 1))
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=()
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *)
      COMPREPLY=($(compgen -W "$(printf '%s\\n' $words | grep -v '^-')" -- "$current"))
      [ "\${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
      ;;
  esac
}
complete -o filenames -o bashdefault -F _modeltap modeltap`
}

/** zsh runs bash's completions; a second script of its own would say the same. */
function zshScript(completions: readonly Completion[]): string {
  return `# zsh completion of modeltap: eval "$(modeltap completion zsh)"
autoload -Uz compinit bashcompinit
compinit -u
bashcompinit
${bashScript(completions).split('\n').slice(1).join('\n')}`
}

function fishScript(completions: readonly Completion[]): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = completions.flatMap(({ path, commands, options }) => {
    const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ')
    const children = commands.map(({ name }) => name).join(' ')
    const none = children === '' ? '' : `not __fish_seen_subcommand_from ${children}`
    const condition = [seen, none].filter((part) => part !== '').join('; and ')
    const at = condition === '' ? '' : ` -n ${quote(condition)}`
    return [
      ...commands.map(
        ({ name, description }) => `complete -c modeltap -f${at} -a ${name} -d ${quote(description)}`,
      ),
      ...options.map(
        ({ name, description, takesValue }) =>
          `complete -c modeltap${at} -l ${name.slice(2)}${takesValue ? ' -r' : ''} -d ${quote(description)}`,
      ),
    ]
  })
  return ['# fish completion of modeltap: modeltap completion fish | source', ...lines].join('\n')
}
