/**
 * Load, and everything that goes wrong at once, against one modeltap: what is promised has to hold all the time. The
 * order of events follows from the seed, so that a run can be repeated.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { Agent, createServer, request, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { STATE_VERSION } from '../../src/analysis/model-state.ts'
import { encodeCheckpoint } from '../../src/checkpoints/checkpoint-file.ts'
import { Random } from '../observe/mutate.ts'
import { type RunningModeltap, startModeltap } from '../support/modeltap.ts'

export interface ChaosOptions {
  readonly seconds: number
  readonly seed: number
  readonly log: (line: string) => void
}

export interface ChaosReport {
  readonly requests: number
  /** Requests that failed although the model server answers everything. */
  readonly failed: readonly string[]
  /** Answers with another byte than was sent. */
  readonly differing: number
  readonly probes: number
  readonly wrongProbes: readonly string[]
  readonly longestWithoutMetricsMs: number
  readonly peakMemoryBytes: number
  readonly events: Readonly<Record<string, number>>
}

const CLIENTS = 6
const EVENT_EVERY_MS = 1_500
/** Analysis is replaced after 15 s without a sign of life; then it has to be back within 5 s. */
const STALL_MS = 15_000
const preload = (name: string): string[] => [
  '--import',
  resolve(import.meta.dirname, `../support/${name}.ts`),
]

/** Answers every request with its own body. */
async function startEcho(): Promise<Server> {
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => response.end(Buffer.concat(chunks)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** Written by the version before, on the flight example; `STATE_VERSION` was 3. */
const OLD_CHECKPOINT = join(import.meta.dirname, 'version-3.checkpoint')

function mountDisk(path: string): boolean {
  mkdirSync(path)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Until not a byte more fits. */
function fill(path: string): void {
  for (const bytes of [65_536, 4_096, 1])
    try {
      for (;;) appendFileSync(path, Buffer.alloc(bytes))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
}

class Chaos {
  readonly #options: ChaosOptions
  readonly #random: Random
  readonly #directory = mkdtempSync(join(tmpdir(), 'chaos-'))
  /** A file system of one megabyte, where this machine lets us mount one. */
  readonly #disk = join(this.#directory, 'disk')
  readonly #hasOwnDisk = mountDisk(this.#disk)
  readonly #sockets = new Set<Socket>()
  readonly #configuration = join(this.#directory, 'modeltap.yaml')
  #turns = 0
  #modeltap!: RunningModeltap
  #isPaused = false
  #isOver = false
  #running = 0
  /** Until then metrics may be away: a stall is noticed only after a while. */
  #excusedUntilMs = 0
  #requests = 0
  #differing = 0
  #probes = 0
  readonly #failed: string[] = []
  readonly #wrongProbes: string[] = []
  #longestWithoutMetricsMs = 0
  #peakMemoryBytes = 0
  readonly #events: Record<string, number> = {}

  constructor(options: ChaosOptions) {
    this.#options = options
    this.#random = new Random(options.seed)
  }

  async run(): Promise<ChaosReport> {
    const echo = await startEcho()
    const upstream = `127.0.0.1:${(echo.address() as AddressInfo).port}`
    const start = async (): Promise<void> => {
      this.#modeltap = await startModeltap(
        ['--upstream', upstream, '--config', this.#configuration],
        {
          MODELTAP_STATE_DIRECTORY: join(this.#disk, 'state'),
          MODELTAP_STATE_INTERVAL: '500ms',
          // Clients that are connecting at the signal still find an open port.
          MODELTAP_DRAIN_DELAY: '2s',
          MODELTAP_DRAIN_TIMEOUT: '3s',
        },
        [...preload('killable-analysis'), ...preload('jumping-clock')],
      )
    }
    writeFileSync(this.#configuration, '{}\n')
    await start()
    const clients = Array.from({ length: CLIENTS }, (_, index) => this.#client(index))
    const watching = [this.#watchProbes(), this.#watchMetrics()]
    const endMs = performance.now() + this.#options.seconds * 1000
    const events = this.#eventTable(start)
    if (!this.#hasOwnDisk)
      this.#options.log('no event "a full disk": this machine lets us mount no file system')
    const names = Object.keys(events)
    while (performance.now() < endMs) {
      const name = this.#random.pick(names)
      this.#events[name] = (this.#events[name] ?? 0) + 1
      this.#options.log(name)
      await events[name]?.()
      await sleep(EVENT_EVERY_MS)
    }
    this.#isOver = true
    await Promise.all([...clients, ...watching])
    for (const socket of this.#sockets) socket.destroy()
    await this.#modeltap.stop()
    echo.closeAllConnections()
    echo.close()
    if (this.#hasOwnDisk) execFileSync('umount', [this.#disk])
    rmSync(this.#directory, { recursive: true })
    return {
      requests: this.#requests,
      failed: this.#failed,
      differing: this.#differing,
      probes: this.#probes,
      wrongProbes: this.#wrongProbes,
      longestWithoutMetricsMs: Math.round(this.#longestWithoutMetricsMs),
      peakMemoryBytes: this.#peakMemoryBytes,
      events: this.#events,
    }
  }

  #eventTable(start: () => Promise<void>): Record<string, () => Promise<void> | void> {
    const signal = (name: NodeJS.Signals) => (): void => void this.#modeltap.child.kill(name)
    const port = (url: string): number => Number(new URL(url).port)
    const flood = (url: () => string, text: string) => async (): Promise<void> => {
      for (let i = 0; i < 150; i += 1) this.#open(port(url()), text)
      await sleep(500)
    }
    const data = (): string => this.#modeltap.dataUrl
    const admin = (): string => this.#modeltap.adminUrl
    return {
      'kill the analysis thread': () => {
        this.#excuse(0)
        signal('SIGUSR2')()
      },
      'stall the analysis thread': () => {
        this.#excuse(STALL_MS)
        signal('SIGWINCH')()
      },
      'a jump of the clock': signal('SIGALRM'),
      'signals that mean nothing': () =>
        (['SIGQUIT', 'SIGUSR1', 'SIGPWR'] as const).forEach((name) => signal(name)()),
      'silent peers on the data port': flood(data, ''),
      'unfinished bodies': flood(data, 'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\nxxxx'),
      'garbage on the data port': flood(data, '\u0000\u00ff'.repeat(500)),
      'silent peers on the admin port': flood(admin, ''),
      'half-sent heads on the admin port': flood(admin, 'GET /readyz HTTP/1.1\r\nHo'),
      'peers go away': () => {
        for (const socket of this.#sockets) socket.destroy()
        this.#sockets.clear()
      },
      'a disk that takes nothing': async () => {
        // A folder in the place of the file: nothing can be renamed onto it, whoever the user is.
        await this.#restart(start, (directory) => {
          rmSync(directory, { recursive: true, force: true })
          writeFileSync(directory, 'a file where the folder should be')
        })
      },
      ...(this.#hasOwnDisk && {
        'a full disk': async () => {
          fill(join(this.#disk, 'ballast'))
          await sleep(2 * EVENT_EVERY_MS)
          rmSync(join(this.#disk, 'ballast'))
        },
      }),
      'a new configuration': () => {
        this.#turns += 1
        writeFileSync(
          this.#configuration,
          `evaluation: { interval: ${this.#turns % 2 === 0 ? '1s' : '2s'} }\n`,
        )
        this.#excuse(0)
        signal('SIGHUP')()
      },
      'a configuration that is not valid': () => {
        writeFileSync(this.#configuration, 'evaluation: { interval: soon }\n')
        signal('SIGHUP')()
      },
      'SIGTERM in the middle of requests, and a new start': () =>
        this.#restart(start, () => undefined, 'SIGTERM'),
      'an upgrade from a checkpoint that an older version wrote': () =>
        this.#restart(start, (directory) => {
          rmSync(directory, { recursive: true, force: true })
          mkdirSync(directory)
          copyFileSync(OLD_CHECKPOINT, join(directory, 'windows.checkpoint'))
        }),
      'kill -9 and a new start': () => this.#restart(start, () => undefined),
      'an upgrade from the checkpoint before': () =>
        this.#restart(start, (directory) => {
          rmSync(directory, { recursive: true, force: true })
          const old = Buffer.concat([
            ...encodeCheckpoint({ version: STATE_VERSION - 1, parts: [{ kind: 'end' }] }),
          ])
          mkdirSync(directory)
          writeFileSync(join(directory, 'windows.checkpoint'), old)
        }),
    }
  }

  /**
   * Clients send nothing while the process is away: nobody can answer then. A signal that drains comes in the middle of
   * requests, which have to end.
   */
  async #restart(
    start: () => Promise<void>,
    change: (directory: string) => void,
    signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL',
  ): Promise<void> {
    this.#isPaused = true
    while (this.#running > 0 && signal === 'SIGKILL') await sleep(5)
    this.#modeltap.child.kill(signal)
    await once(this.#modeltap.child, 'close')
    while (this.#running > 0) await sleep(5)
    writeFileSync(this.#configuration, '{}\n')
    change(join(this.#disk, 'state'))
    await start()
    this.#isPaused = false
  }

  #open(port: number, text: string): void {
    const socket = connect(port, '127.0.0.1')
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('connect', () => text !== '' && socket.write(text, 'latin1'))
  }

  #excuse(ms: number): void {
    this.#excusedUntilMs = Math.max(this.#excusedUntilMs, performance.now() + ms)
  }

  async #client(index: number): Promise<void> {
    const random = new Random(this.#options.seed + index + 1)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    let last = this.#modeltap
    while (!this.#isOver) {
      if (this.#isPaused) {
        await sleep(5)
        continue
      }
      if (last !== this.#modeltap) agent.destroy()
      last = this.#modeltap
      this.#running += 1
      const body = Buffer.alloc(1 + random.below(20_000), JSON.stringify({ instances: [[random.below(99)]] }))
      const answer = await send(`${last.dataUrl}/v1/models/m:predict`, body, agent)
      this.#running -= 1
      this.#requests += 1
      if (typeof answer === 'string') this.#failed.push(answer)
      else if (!answer.equals(body)) this.#differing += 1
      // A client that works all the time would leave no core to the others on a small machine.
      await sleep(2)
    }
    agent.destroy()
  }

  async #watchProbes(): Promise<void> {
    while (!this.#isOver) {
      await sleep(250)
      if (this.#isPaused) continue
      const { adminUrl, child } = this.#modeltap
      for (const path of ['/healthz', '/readyz']) {
        const status = await fetch(`${adminUrl}${path}`, {
          headers: { connection: 'close' },
          signal: AbortSignal.timeout(3000),
        }).then(
          (response) => response.status,
          (error: unknown) => String((error as Error).cause ?? error),
        )
        if (this.#isPaused || adminUrl !== this.#modeltap.adminUrl) continue
        this.#probes += 1
        if (status !== 200) this.#wrongProbes.push(`${path}: ${status}`)
      }
      const resident = /VmRSS:\s+(\d+)/.exec(statusOf(child.pid))?.[1]
      this.#peakMemoryBytes = Math.max(this.#peakMemoryBytes, Number(resident ?? 0) * 1024)
    }
  }

  async #watchMetrics(): Promise<void> {
    let sinceMs = performance.now()
    while (!this.#isOver) {
      await sleep(100)
      const { adminUrl } = this.#modeltap
      const isThere = await fetch(`${adminUrl}/metrics`, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(20_000),
      })
        .then((response) => response.text().then(() => response.ok))
        .catch(() => false)
      const nowMs = performance.now()
      // While the process is away there are none, and the answer of an old one says nothing of the new one.
      const isOther = this.#isPaused || adminUrl !== this.#modeltap.adminUrl
      if (isOther) sinceMs = nowMs
      const awayMs = nowMs - Math.max(sinceMs, this.#excusedUntilMs)
      this.#longestWithoutMetricsMs = Math.max(this.#longestWithoutMetricsMs, awayMs)
      if (isThere) sinceMs = nowMs
    }
  }
}

function statusOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1')
  } catch {
    return ''
  }
}

/** The body of the answer, or why there is none. */
function send(url: string, body: Buffer, agent: Agent): Promise<Buffer | string> {
  return new Promise((resolve) => {
    const outgoing = request(
      url,
      { method: 'POST', agent, headers: { 'content-length': body.length } },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve(response.statusCode === 200 ? Buffer.concat(chunks) : `status ${response.statusCode}`),
        )
        response.on('error', (error) => resolve(error.message))
      },
    )
    outgoing.on('error', (error) => resolve(error.message))
    outgoing.end(body)
  })
}

export function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  return new Chaos(options).run()
}

/** Resident memory of both threads; the container of the chart has 256 MiB. */
export const MOST_MEMORY_BYTES = 256 * 1024 * 1024
export const MOST_WITHOUT_METRICS_MS = 5_000

/** What did not hold. */
export function broken(report: ChaosReport): string[] {
  const { failed, differing, wrongProbes, longestWithoutMetricsMs, peakMemoryBytes } = report
  return [
    ...(failed.length > 0 ? [`${failed.length} requests failed: ${[...new Set(failed)].join('; ')}`] : []),
    ...(differing > 0 ? [`${differing} answers differ`] : []),
    ...(wrongProbes.length > 0
      ? [`${wrongProbes.length} probes: ${[...new Set(wrongProbes)].join('; ')}`]
      : []),
    ...(longestWithoutMetricsMs > MOST_WITHOUT_METRICS_MS
      ? [`no metrics for ${longestWithoutMetricsMs} ms`]
      : []),
    ...(peakMemoryBytes > MOST_MEMORY_BYTES ? [`${Math.round(peakMemoryBytes / 2 ** 20)} MiB resident`] : []),
  ]
}
