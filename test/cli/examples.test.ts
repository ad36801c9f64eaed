/** Each command has examples, and each example is a command line that modeltap takes. */
import { type Command, CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { examplesOf } from '../../src/cli/examples.ts'
import { createProgram } from '../../src/cli/program.ts'

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)
}

const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`

/** As a shell splits it; quotes are the only thing that examples use. */
function words(line: string): string[] {
  return (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ''))
}

/** The words of `modeltap …` in a line with pipes and redirections. */
function ownWords(line: string): string[] {
  const part = line.split(' | ').find((one) => one.startsWith('modeltap '))
  const own = words(part ?? '')
  const redirection = own.findIndex((word) => /^(>>?|<)$/.test(word))
  return redirection < 0 ? own : own.slice(0, redirection)
}

/** The command that takes the line; nothing runs. */
async function parsed(line: string): Promise<string> {
  const [, ...args] = ownWords(line)
  const program = await createProgram(args[0])
  let reached = ''
  for (const command of leaves(program)) command.action(() => void (reached = nameOf(command)))
  program.configureOutput({ writeErr: () => undefined })
  await program.parseAsync(['node', 'modeltap', ...args])
  return reached
}

const commands = leaves(await createProgram(undefined))

test.each(commands.map((command) => [nameOf(command), command] as const))(
  '%s has examples that parse, and shows them in its help',
  async (name, command) => {
    const examples = examplesOf(command)
    expect(examples.length).toBeGreaterThan(0)
    let help = ''
    command.configureOutput({ writeOut: (text) => (help += text) })
    command.outputHelp()
    for (const example of examples) {
      expect(help).toContain(`\n  ${example}`)
      expect(await parsed(example)).toBe(name)
    }
  },
)

test('an example with a flag that does not exist would be seen', async () => {
  await expect(parsed('modeltap run --upsteam x')).rejects.toThrow(CommanderError)
})
