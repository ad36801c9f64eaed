/** Runs tcpdump, which writes packets to standard output, and parses its standard error. */
import { type ChildProcess, spawn } from 'node:child_process'

/** Why tcpdump delivers no packets. */
export const TCPDUMP_FAILURES = [
  'missing',
  'not_permitted',
  'interface_unknown',
  'filter_refused',
  'ended',
] as const
export type TcpdumpFailure = (typeof TCPDUMP_FAILURES)[number]

export interface TcpdumpFault {
  readonly failure: TcpdumpFailure
  /** The message of tcpdump or of the system. */
  readonly detail: string
}

export interface PacketDrops {
  readonly droppedByKernel: number
  readonly droppedByInterface: number
}

export interface TcpdumpCounts extends PacketDrops {
  readonly received: number
}

export const NO_COUNTS: TcpdumpCounts = { received: 0, droppedByKernel: 0, droppedByInterface: 0 }

export interface TcpdumpOptions {
  readonly program: string
  readonly interface: string
  readonly filter: string
  /** Size of the kernel's buffer. */
  readonly bufferKiB: number
  /** Counts since tcpdump started, on request and at the end. */
  readonly onCounts: (counts: TcpdumpCounts) => void
  /** It listens: packets can arrive from now on. */
  readonly onListening: () => void
  readonly onEnd: (fault: TcpdumpFault) => void
}

const MOST_SAID = 4_096
const SNAPSHOT_BYTES = 262_144
/** Failures by messages of tcpdump or libpcap, in this order. */
const SAID: readonly (readonly [RegExp, TcpdumpFailure])[] = [
  [/permission|not permitted|Couldn't change to/i, 'not_permitted'],
  [/No such device|does not exist|isn't up|SIOCGIFHWADDR/i, 'interface_unknown'],
  [/can't parse filter|syntax error|Kernel filter failed|too (?:long|large|complex)/i, 'filter_refused'],
]

export class Tcpdump {
  readonly #process: ChildProcess | undefined
  #said = ''
  #isListening = false
  #isRead = false

  constructor(options: TcpdumpOptions) {
    const { program, filter, bufferKiB, onEnd } = options
    const args = ['-i', options.interface, '-p', '-n', '-s', `${SNAPSHOT_BYTES}`, '-B', `${bufferKiB}`]
    try {
      this.#process = spawn(program, [...args, '-w', '-', filter], { stdio: ['ignore', 'pipe', 'pipe'] })
    } catch (error) {
      // A program with file capabilities that the container lacks cannot be started.
      queueMicrotask(() => onEnd(faultOf(error as NodeJS.ErrnoException)))
      return
    }
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => this.#hear(text, options))
    let isOver = false
    const end = (fault: TcpdumpFault): void => {
      if (!isOver) onEnd(fault)
      isOver = true
    }
    this.#process.once('error', (error) => end(faultOf(error)))
    this.#process.once('close', (code, signal) => end(this.#faultOfEnd(signal ?? `code ${code}`)))
    // Unread output must not delay the end.
    this.#process.once('exit', () => {
      if (!this.#isRead) this.#process?.stdout?.resume()
    })
  }

  /** Requests the counts; they arrive in `onCounts`. SIGUSR2 is never sent: it corrupts the stream. */
  askCounts(): void {
    if (this.#isListening) this.#process?.kill('SIGUSR1')
  }

  /** Delivers the packets. Before this call they wait in the pipe and in the kernel's buffer. */
  read(onPackets: (chunk: Buffer) => void): void {
    this.#isRead = true
    this.#process?.stdout?.on('data', onPackets)
  }

  stop(): void {
    this.#process?.kill('SIGTERM')
  }

  #faultOfEnd(how: string): TcpdumpFault {
    const detail = this.#said.trim().split('\n').at(-1) ?? ''
    const [, failure] = SAID.find(([pattern]) => !this.#isListening && pattern.test(this.#said)) ?? []
    return { failure: failure ?? 'ended', detail: detail || `tcpdump ended with ${how}` }
  }

  #hear(text: string, { onCounts, onListening }: TcpdumpOptions): void {
    this.#said = (this.#said + text).slice(-MOST_SAID)
    if (!this.#isListening && this.#said.includes('listening on ')) {
      this.#isListening = true
      this.#said = ''
      onListening()
    }
    const counts = readCounts(this.#said)
    if (counts === undefined) return
    this.#said = ''
    onCounts(counts)
  }
}

/** `12 packets received by filter, 1 packet dropped by kernel[, 6 packets dropped by interface]`, on one line or several. */
export function readCounts(text: string): TcpdumpCounts | undefined {
  const count = (what: string): number | undefined => {
    const found = new RegExp(`(\\d+) packets? ${what}`).exec(text)?.[1]
    return found === undefined ? undefined : Number(found)
  }
  const received = count('received by filter')
  const droppedByKernel = count('dropped by kernel')
  if (received === undefined || droppedByKernel === undefined) return undefined
  return { received, droppedByKernel, droppedByInterface: count('dropped by interface') ?? 0 }
}

function faultOf(error: NodeJS.ErrnoException): TcpdumpFault {
  const failure = error.code === 'ENOENT' ? 'missing' : error.code === 'EPERM' ? 'not_permitted' : 'ended'
  return { failure, detail: error.message }
}
