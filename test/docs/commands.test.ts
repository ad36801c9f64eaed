/**
 * Every command line of the pages is one that works: modeltap's own are parsed by its own parser, npm's name scripts that
 * there are, and all others are of programs that need a cluster, a registry or a machine of the reader's.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'

const root = resolve(import.meta.dirname, '../..')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(root, file)) && !file.startsWith('alerts/runbooks/'))

/** Programs that a test of this project cannot run for the reader. */
const NOT_RUN: ReadonlySet<string> = new Set([
  ...['kubectl', 'oc', 'helm', 'docker', 'kustomize'],
  ...['git', 'curl', 'cosign', 'syft', 'gh', 'vmalert', 'promtool', 'amtool', 'tcpdump', 'gcloud', 'aws'],
  ...['sed', 'jq', 'duckdb', 'apt-get', 'python3'],
])

interface Line {
  readonly file: string
  readonly text: string
}

/** Of blocks without a language and of `sh`: lines that begin with a word of the shell, with their continuations. */
function commandLines(): Line[] {
  return files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^( *)```(\w*)\n(.*?)^\1```/gms)]
      .filter(([, , language]) => language === '' || language === 'sh' || language === 'bash')
      .flatMap(([, , , block = '']) => block.replaceAll(/\\\n\s*/g, ' ').split('\n'))
      .map((text) => ({ file, text: text.trim() })),
  )
}

/** The simple commands of a line, each as words. */
function commandsIn(text: string): string[][] {
  return text
    .replace(/\s#.*$/, '')
    .split(/\s(?:\||&&|;)\s/)
    .map((part) =>
      [...part.trim().matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
        ([, single, double, bare]) => single ?? double ?? bare ?? '',
      ),
    )
}

/** The words behind `modeltap`, where the command is one of modeltap. */
function ownWords(words: readonly string[]): readonly string[] | undefined {
  if (words[0] === 'modeltap') return words.slice(1)
  const rest = words.indexOf('--')
  if (words[0] === 'npm' && words[1] === 'run' && words[2] === 'modeltap') return words.slice(rest + 1)
  if (words[0] !== 'npx') return undefined
  const own = words.findIndex((word) => /^modeltap(?:@|$)/.test(word))
  return own === -1 ? undefined : words.slice(own + 1)
}

/** Parses and runs nothing. */
async function parseOnly(words: readonly string[]): Promise<string | undefined> {
  const upTo = words.findIndex((word) => /^(?:>>?|2>|<|…)/.test(word))
  const args = upTo === -1 ? words : words.slice(0, upTo)
  const program = await createProgram(args[0])
  const silence = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
    if (command.commands.length === 0) command.action(() => undefined)
    command.commands.forEach(silence)
  }
  silence(program)
  try {
    await program.parseAsync(['node', 'modeltap', ...args])
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code !== 'commander.helpDisplayed' && code !== 'commander.version') return message
  }
  return undefined
}

const lines = commandLines()
const own = lines.flatMap(({ file, text }) =>
  commandsIn(text).flatMap((words) => {
    const args = ownWords(words)
    return args === undefined ? [] : [{ file, text, args }]
  }),
)

test('the pages have command lines', () => expect(own.length).toBeGreaterThan(60))

test('each command line of modeltap has a command and flags that there are', async () => {
  const wrong: string[] = []
  for (const { file, text, args } of own) {
    const problem = await parseOnly(args)
    if (problem !== undefined) wrong.push(`${file}: ${text}: ${problem}`)
  }
  expect(wrong).toEqual([])
})

test('each script that npm runs exists, and each test that vitest runs', () => {
  const missing = lines.flatMap(({ file, text }) =>
    commandsIn(text).flatMap((words) => {
      const [program, verb, name = ''] = words
      if (program === 'npm' && verb === 'run' && !(name in scripts)) return [`${file}: ${text}`]
      if (program !== 'npx' || verb !== 'vitest') return []
      const paths = words.filter((word) => word.startsWith('test/'))
      return paths.some((path) => !existsSync(join(root, path))) ? [`${file}: ${text}`] : []
    }),
  )
  expect(missing).toEqual([])
})

test('every other program is one that needs a cluster, a registry or a machine of the reader', () => {
  const shell = lines.filter(
    ({ text }) => /^[a-z][a-z0-9_.-]*(?: |$)/.test(text) && !/[→─│]|^ring \(/.test(text),
  )
  const unknown = shell.flatMap(({ file, text }) =>
    commandsIn(text)
      .filter((words) => ownWords(words) === undefined)
      .map(([program = '']) => program)
      .filter((program) => /^[a-z][a-z0-9_-]*$/.test(program))
      .filter((program) => !['npm', 'npx', 'node', 'cd', 'echo', 'export', 'bash', 'grep'].includes(program))
      .filter((program) => !NOT_RUN.has(program))
      .map((program) => `${file}: ${program}: ${text}`),
  )
  expect(unknown).toEqual([])
})
