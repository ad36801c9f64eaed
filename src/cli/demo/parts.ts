/** The parts of the demo: the location of the example, and how each of its programs is started. */
import { randomUUID } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { tryCapture } from '../../capture/try-capture.ts'
import { ModeltapError } from '../../errors.ts'
import { formatAddress } from '../../lib/address.ts'
import { listenFailed } from '../../lib/listen-failed.ts'
import { loadFromFlags } from '../configuration.ts'
import type { Child, Children, ChildSpec } from './children.ts'
import type { DemoSettings, TcpAddress } from './options.ts'

/** `.ts` in a clone, `.js` in the package and in the image. */
const extension = extname(import.meta.url)
/** The same from src/cli/demo and from dist/cli/demo. */
const root = fileURLToPath(new URL('../../../', import.meta.url))
const example = join(root, extension === '.ts' ? 'examples/flight-delay' : 'dist/example')
const main = fileURLToPath(new URL(`../../main${extension}`, import.meta.url))

export const rulesDirectory = join(root, 'alerts/rules')
export const ensureTools = join(root, 'scripts/ensure-tools.sh')

/** Short, so that three minutes show what takes hours in production. */
export const WINDOW = '30s'
const LONG_WINDOW = '2m'
const MIN_SAMPLES = 200

/** A name without extension: `server`. */
const program = (name: string): string => join(example, `${name}${extension}`)

export function assertExampleIsHere(): void {
  if (existsSync(program('server'))) return
  throw new ModeltapError('DEMO_UNAVAILABLE', {
    message: `the example is not at ${example}`,
    hint: 'This installation is incomplete. Install it again, or run the package: npx modeltap demo',
  })
}

/** Opens and closes the port, so that a port in use gives a clear error before anything starts. */
export async function assertFree(flag: string, { host, port }: TcpAddress): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (cause: NodeJS.ErrnoException) => {
      const address = { kind: 'tcp', host, port } as const
      reject(listenFailed({ address, setting: flag, example: `${host}:0` }, cause))
    })
    probe.listen(port, host, () => probe.close(() => resolve()))
  })
}

export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

export function modelServer(): ChildSpec {
  return node('model server', [
    program('server'),
    '--listen=127.0.0.1:0',
    '--slow-ratio=0.02',
    '--error-ratio=0.005',
  ])
}

/** Resolves with `host:port` once the model server has printed its address. */
export function listening(server: Child): Promise<string> {
  return new Promise((resolve) => {
    server.process.stdout?.on('data', () => {
      const address = /listening on (\S+)/.exec(server.output())?.[1]
      if (address !== undefined) resolve(address)
    })
  })
}

/** Writes the configuration and the baseline into `directory`. */
export async function prepareModeltap(children: Children, directory: string): Promise<{ config: string }> {
  const config = join(directory, 'modeltap.yaml')
  const baseline = join(directory, 'baseline.json')
  writeFileSync(tokenFileIn(directory), randomUUID(), { mode: 0o600 })
  writeFileSync(
    config,
    stringify({
      // Set here because V1 requests do not name the version but V2 answers do.
      model: { version: '1' },
      baseline: { file: baseline },
      windows: [WINDOW, LONG_WINDOW],
      // Rows are drawn at random from a season, so every minute is alike and days teach nothing.
      drift: { minSamples: MIN_SAMPLES, waitForDays: false },
      // Flights land some seconds after their predictions; the labels need a token, as every change of state does.
      admin: { tokenFiles: { demo: tokenFileIn(directory) } },
      outcomes: { windows: [WINDOW, LONG_WINDOW], minSamples: MIN_SAMPLES, settle: '1s' },
      evaluation: { interval: '2s' },
      resources: { interval: '2s' },
      metrics: { latencyBounds: ['1ms', '2ms', '3ms'] },
      log: { level: 'warn' },
    }),
  )
  await children.complete(
    node('baseline build', [
      main,
      'baseline',
      'build',
      '--input',
      join(example, 'reference.csv'),
      '--output',
      baseline,
      '--predictions',
      'label',
      'probability',
      '--labels',
      join(example, 'reference-labels.csv'),
      '--label-column',
      'late',
    ]),
  )
  return { config }
}

export function modeltap(settings: DemoSettings, upstream: string, config: string): ChildSpec {
  const { listen, admin, isCapturing } = settings
  const wayIn = isCapturing
    ? ['--capture', portOf(upstream)]
    : ['--upstream', upstream, '--listen', formatAddress(listen)]
  return node('modeltap', [main, 'run', ...wayIn, '--admin', formatAddress(admin), '--config', config])
}

/** @throws ModeltapError CAPTURE_FAILED with the next step */
export async function assertCapturable(upstream: string): Promise<void> {
  const { config } = loadFromFlags({ capture: portOf(upstream) })
  await tryCapture(config.capture)
}

const portOf = (address: string): string => address.slice(address.lastIndexOf(':') + 1)

const tokenFileIn = (directory: string): string => join(directory, 'token')

/**
 * @param target where clients send requests
 * @param directory of `prepareModeltap`
 */
export function traffic(
  { rate, durationMs, changeAfterMs, admin }: DemoSettings,
  target: string,
  directory: string,
): ChildSpec {
  return node('traffic', [
    program('traffic'),
    `--target=${target}`,
    `--rate=${rate}`,
    `--change-after=${changeAfterMs / 1000}`,
    `--labels-to=http://${formatAddress(admin)}`,
    `--labels-token-file=${tokenFileIn(directory)}`,
    // The demo ends it; if the demo is killed, it ends by itself after this time.
    `--duration=${durationMs / 1000 + 10}`,
  ])
}

function node(name: string, args: readonly string[]): ChildSpec {
  return { name, command: process.execPath, args: ['--disable-warning=ExperimentalWarning', ...args] }
}
