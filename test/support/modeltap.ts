/** Runs the command line as users do: a child process on the pinned Node. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const entry = resolve(root, 'src/main.ts')

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Arguments of Node itself, such as a module to preload. */
type NodeArguments = readonly string[]

function spawnModeltap(
  args: readonly string[],
  environment: Record<string, string>,
  nodeArguments: NodeArguments = [],
  wrapper: readonly string[] = [],
): ChildProcess {
  const [program = '', ...rest] = [...wrapper, process.execPath, ...nodeArguments, entry, ...args]
  return spawn(program, rest, {
    cwd: root,
    // The servers of tests answer predictions, and no questions about themselves.
    env: { PATH: process.env['PATH'], MODELTAP_METADATA_ENABLED: 'false', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Runs a command to its end. */
export async function runModeltap(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Finished> {
  const child = spawnModeltap(args, environment)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

export interface RunningModeltap {
  /** Of the data port (undefined where traffic is captured), `http://127.0.0.1:…` without a slash at the end. */
  readonly dataUrl: string
  readonly adminUrl: string
  readonly child: ChildProcess
  /** Everything logged so far. */
  readonly log: () => string
  /** Sends SIGTERM and resolves with the exit code. */
  readonly stop: () => Promise<number | null>
}

/**
 * Starts `modeltap run` on free ports and resolves when it passes traffic, or captures it.
 *
 * @param wrapper a program that prepares something and then becomes what its arguments say
 */
export async function startModeltap(
  args: readonly string[],
  environment: Record<string, string> = {},
  nodeArguments: NodeArguments = [],
  wrapper: readonly string[] = [],
): Promise<RunningModeltap> {
  const free = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0']
  const child = spawnModeltap(['run', ...free, ...args], environment, nodeArguments, wrapper)
  let log = ''
  const addresses = await new Promise<{ listen: string; admin: string }>((started, failed) => {
    child.once('close', (code) => failed(new Error(`modeltap ended with ${code}:\n${log}`)))
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      const line = log.split('\n').find((text) => /"modeltap (?:passes|captures) traffic/.test(text))
      if (line !== undefined) started(JSON.parse(line) as { listen: string; admin: string })
    })
  })
  const stop = async (): Promise<number | null> => {
    if (child.exitCode !== null) return child.exitCode
    child.kill('SIGTERM')
    const [code] = (await once(child, 'close')) as [number | null]
    return code
  }
  return {
    dataUrl: `http://${addresses.listen}`,
    adminUrl: `http://${addresses.admin}`,
    child,
    log: () => log,
    stop,
  }
}

/** The samples of an exposition whose name and labels match; each with its value. */
export function samples(
  exposition: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): { labels: Record<string, string>; value: number }[] {
  return exposition
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .map((line) => {
      const close = line.lastIndexOf('}')
      const pairs = [...line.slice(0, close + 1).matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)]
      return {
        labels: Object.fromEntries(pairs.map(([, key, value]) => [key ?? '', value ?? ''])),
        value: Number(
          line
            .slice(close + 1)
            .trim()
            .split(' ')
            .at(close === -1 ? 1 : 0),
        ),
      }
    })
    .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
}
