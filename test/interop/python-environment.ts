/** Python servers and clients of the interop tests, from their own virtual environment. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join, resolve } from 'node:path'

const FOLDER = resolve(import.meta.dirname, 'python')

/** Each has its own requirements, of which one must not disturb the other. */
export type Environment = 'servers' | 'triton' | 'services' | 'engines'

/** The folder of an environment; installs it at the first call, which takes minutes. */
function environmentFolder(environment: Environment): string {
  return execFileSync(join(FOLDER, 'environment.sh'), [environment], { encoding: 'utf8' }).trim()
}

/** Runs a script of test/interop/python to its end and gives what it printed. */
export async function runPython(
  environment: Environment,
  script: string,
  args: readonly string[],
): Promise<string> {
  const child = spawn(join(environmentFolder(environment), 'bin/python'), [join(FOLDER, script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  let complained = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${complained}`)
  return printed
}

export interface PythonServer {
  readonly stop: () => Promise<void>
}

export interface PythonServerOptions {
  readonly environment: Environment
  /** A program of the environment, or a script of test/interop/python. */
  readonly program: string
  readonly args: readonly string[]
  /** Answers 200 when the server is ready. */
  readonly url: string
  /** To work in. */
  readonly folder: string
}

/** Resolves when the server is ready. */
export async function startPythonServer(options: PythonServerOptions): Promise<PythonServer> {
  const { environment, program, args, url, folder } = options
  const bin = join(environmentFolder(environment), 'bin')
  const isScript = program.endsWith('.py')
  const command = isScript ? [join(bin, 'python'), join(FOLDER, program)] : [join(bin, program)]
  const [executable = program, ...script] = command
  const child = spawn(executable, [...script, ...args], {
    cwd: folder,
    // Its own process group, because these programs start others that outlive them.
    detached: true,
    env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000)))
  const stop = async (): Promise<void> => endGroup(child)
  try {
    await answers(url, child)
  } catch (error) {
    await stop()
    throw new Error(`${program} does not answer at ${url}:\n${log}`, { cause: error })
  }
  return { stop }
}

const END_LIMIT_MS = 10_000

/** Asked first, because some end their own workers, which are no part of the group. */
async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return
  const ended = once(child, 'exit')
  process.kill(-child.pid, 'SIGTERM')
  const isEnded = await Promise.race([
    ended.then(() => true),
    new Promise<boolean>((later) => setTimeout(() => later(false), END_LIMIT_MS)),
  ])
  if (!isEnded) {
    process.kill(-child.pid, 'SIGKILL')
    await ended
  }
  child.stdout?.destroy()
  child.stderr?.destroy()
}

const START_LIMIT_MS = 300_000

async function answers(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS
  for (;;) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    )
    if (status === 200) return
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    if (performance.now() > deadline) throw new Error(`status ${status} after ${START_LIMIT_MS} ms`)
    await new Promise((later) => setTimeout(later, 250))
  }
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(
    servers.map(async (server) => {
      server.close()
      await once(server, 'close')
    }),
  )
  return ports
}
