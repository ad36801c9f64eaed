/** Child processes of the demo: started, watched, and stopped however the demo ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { ModeltapError } from '../../errors.ts'

export interface ChildSpec {
  /** For messages: `model server`. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

export interface Child {
  readonly name: string
  readonly process: ChildProcess
  /** The end of its stdout and stderr. */
  readonly output: () => string
  readonly running: () => boolean
}

/** Maximum output kept for a child, for the message when it ends early. */
const OUTPUT_CHARACTERS = 4000
const GRACE_MS = 5000

export interface Children {
  readonly start: (spec: ChildSpec) => Child
  /** Runs a command until it exits; the error contains its output. */
  readonly complete: (spec: ChildSpec) => Promise<void>
  /** Rejects with the output as soon as a started child ends. */
  readonly failure: Promise<never>
  /** In reverse order of their start: SIGTERM, then SIGKILL after five seconds. */
  readonly stop: () => Promise<void>
}

export function createChildren(): Children {
  const children: Child[] = []
  let stopping = false
  let fail: (error: ModeltapError) => void = () => undefined
  const failure = new Promise<never>((_, reject) => {
    fail = reject
  })
  // The winner of the race handles it; a later failure is irrelevant.
  failure.catch(() => undefined)
  // Last resort when the process ends without `stop`: an uncaught error, a second Ctrl-C.
  process.once('exit', () => {
    for (const child of children) if (child.running()) child.process.kill('SIGKILL')
  })

  function start({ name, command, args }: ChildSpec): Child {
    if (stopping) throw unavailable(`the ${name} is not started: everything is being ended`)
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let running = true
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARACTERS)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    const started: Child = { name, process: child, output: () => output, running: () => running }
    child.once('error', (error) => {
      running = false
      fail(unavailable(`the ${name} could not be started: ${error.message}`, error))
    })
    child.once('close', (code, signal) => {
      running = false
      if (!stopping) fail(unavailable(`the ${name} ended early (${signal ?? code}):\n${output.trim()}`))
    })
    children.push(started)
    return started
  }

  async function stop(): Promise<void> {
    stopping = true
    for (const { process: child, running } of children.toReversed()) {
      if (!running()) continue
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
      await once(child, 'close')
      clearTimeout(timer)
    }
  }

  return { start, stop, failure, complete: (spec) => complete(spec, children) }
}

async function complete({ name, command, args }: ChildSpec, children: Child[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
  let running = true
  children.push({ name, process: child, output: () => output, running: () => running })
  const [code] = (await once(child, 'close')) as [number | null]
  running = false
  if (code !== 0) throw unavailable(`${name} failed (${code}):\n${output.trim()}`)
}

function unavailable(message: string, cause?: unknown): ModeltapError {
  return new ModeltapError('DEMO_UNAVAILABLE', {
    message,
    hint: 'The text above is its output. Fix what it names and run the demo again.',
    cause,
  })
}
