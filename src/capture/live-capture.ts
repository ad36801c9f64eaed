/**
 * Stands where the proxy would: reads packets of the model server's ports and writes the same frames into the ring. It
 * never touches the traffic, so whatever fails here costs observations and no request.
 */
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { startTimer, type Timer } from '../lib/timers.ts'
import { ConnectionTable } from '../ring/connection-table.ts'
import { ControlBlock, DRAIN } from '../ring/control.ts'
import type { TapMemory } from '../ring/memory.ts'
import { OwnPorts } from '../ring/own-ports.ts'
import { RingWriter } from '../ring/writer.ts'
import { ConnectionIds } from '../splice/connection-ids.ts'
import { newCaptureCounts } from './capture-counts.ts'
import { captureFailed } from './capture-failed.ts'
import { captureFilter } from './filter.ts'
import { FrameTap } from './frame-tap.ts'
import { Marker } from './marker.ts'
import type { CaptureOptions } from './options.ts'
import { PacketClock } from './packet-clock.ts'
import type { PacketSink } from './packet-sink.ts'
import { PcapReader } from './pcap-reader.ts'
import { Reassembler } from './reassembler.ts'
import { Tcpdump, type TcpdumpCounts, type TcpdumpFault } from './tcpdump.ts'

export interface LiveCaptureOptions {
  readonly options: CaptureOptions
  readonly connections: { readonly limit: number; readonly idleTimeout: number }
  readonly memory: TapMemory
  readonly clock: Clock
  readonly logger: Logger
  /** Called when there is something to analyse for the first time. */
  readonly onFirstPacket: () => void
  /** Where a pcap stream comes from, where `options.input` says so. */
  readonly stdin: Readable
  /** The stream of standard input has ended. */
  readonly onEnd: () => void
}

const HALF_OPEN_LIMIT = 100_000
const EARLY_BYTES = 64 * 1024 * 1024
const BEAT_MS = 1_000
const COUNTS_EVERY_BEATS = 10
const FIRST_BACKOFF_MS = 100
const LAST_BACKOFF_MS = 5_000
const STABLE_MS = 30_000
const LOOPBACK_INDEX = '/sys/class/net/lo/ifindex'

export class LiveCapture implements PacketSink {
  readonly address = undefined
  readonly #given: LiveCaptureOptions
  readonly #control: ControlBlock
  readonly #counts = newCaptureCounts()
  readonly #packetClock: PacketClock
  readonly #reassembler: Reassembler
  readonly #writer: RingWriter
  readonly #beat: NodeJS.Timeout
  #reader: PcapReader
  #marker: Marker | undefined
  #tcpdump: Tcpdump | undefined
  #restart: Timer | undefined
  #backoffMs = FIRST_BACKOFF_MS
  #startedMs = 0
  #beats = 0
  #isStopped = false
  #isBusy = false
  #said: TcpdumpCounts = NO_COUNTS

  private constructor(given: LiveCaptureOptions) {
    const { memory, clock, options, connections } = given
    this.#given = given
    this.#control = new ControlBlock(memory)
    this.#packetClock = new PacketClock(clock)
    const table = new ConnectionTable(memory)
    this.#writer = new RingWriter(memory)
    const ownPorts = new OwnPorts(memory)
    this.#reassembler = new Reassembler({
      ports: { given: new Set(options.ports), found: new Set() },
      writer: new FrameTap(this.#writer, table, this.#control),
      ids: new ConnectionIds(table.size),
      counts: this.#counts,
      limits: {
        connections: connections.limit,
        halfOpen: HALF_OPEN_LIMIT,
        idleMs: connections.idleTimeout,
        earlyBytes: EARLY_BYTES,
      },
      isOwnPort: (port) => ownPorts.has(port),
      timeOf: this.#packetClock.monotonicOf,
      // The kernel sees data before the acknowledgement that it causes; a stream from elsewhere may be a mirror's.
      reorderMs: options.input === 'tcpdump' ? 0 : 10,
    })
    this.#reader = new PcapReader(this)
    this.#say()
    this.#beat = setInterval(() => this.#say(), BEAT_MS)
  }

  /**
   * Resolves when packets can come.
   *
   * @throws ModeltapError CAPTURE_FAILED when tcpdump cannot be started; what fails later is tried again
   */
  static async start(given: LiveCaptureOptions): Promise<LiveCapture> {
    const capture = new LiveCapture(given)
    try {
      if (given.options.input === 'stdin') capture.#readStdin()
      else await capture.#openTcpdump()
      return capture
    } catch (error) {
      await capture.close()
      throw error
    }
  }

  packet(linkType: number, epochMs: number, bytes: Buffer, start: number, end: number): void {
    if (this.#marker?.isIn(bytes, start, end) === true) {
      this.#packetClock.adjust()
      this.#control.captureLagSeconds = this.#packetClock.lagSeconds(epochMs)
      return
    }
    if (!this.#isBusy) {
      this.#isBusy = true
      this.#given.onFirstPacket()
    }
    this.#reassembler.packet(linkType, epochMs, bytes, start, end)
  }

  lost(packets: number): void {
    this.#reassembler.lost(packets)
  }

  async drain(): Promise<void> {
    this.#stopReading()
    this.#reassembler.closeAll()
    this.#say()
    this.#control.drainState = DRAIN.DRAINED
    await this.close()
  }

  async close(): Promise<void> {
    this.#stopReading()
    clearInterval(this.#beat)
  }

  #stopReading(): void {
    this.#isStopped = true
    this.#restart?.cancel()
    this.#tcpdump?.stop()
    this.#marker?.close()
    this.#marker = undefined
  }

  async #openTcpdump(): Promise<void> {
    this.#marker = await Marker.open()
    await new Promise<void>((resolve, reject) =>
      this.#launch(resolve, (fault) => reject(captureFailed(this.#given.options, fault))),
    )
    this.#marker.start()
  }

  #launch(listening: () => void, failed: (fault: TcpdumpFault) => void): void {
    const { options, clock } = this.#given
    this.#startedMs = clock.monotonicMs()
    this.#said = NO_COUNTS
    let hasListened = false
    const reader = (this.#reader = new PcapReader(this))
    this.#tcpdump = new Tcpdump({
      program: options.program,
      interface: options.interface,
      bufferKiB: options.bufferKiB,
      filter: captureFilter({
        ports: options.ports,
        markerPort: this.#marker?.port,
        loopbackIndex: options.interface === 'any' ? loopbackIndex() : undefined,
      }),
      onPackets: (chunk) => {
        const fault = reader.push(chunk)
        if (fault !== undefined) this.#tcpdump?.stop()
      },
      onCounts: (counts) => this.#hear(counts),
      onListening: () => {
        hasListened = true
        this.#control.captureUp = 1
        listening()
      },
      onEnd: (fault) => {
        this.#control.captureUp = 0
        if (this.#isStopped) return
        if (hasListened) this.#relaunch(fault)
        else failed(fault)
      },
    })
  }

  /** Connections go on by their sequence numbers: what was missed meanwhile is a hole. */
  #relaunch(fault: TcpdumpFault): void {
    const { logger, clock } = this.#given
    if (clock.monotonicMs() - this.#startedMs > STABLE_MS) this.#backoffMs = FIRST_BACKOFF_MS
    logger.warn({ ...fault, inMs: this.#backoffMs }, 'tcpdump ended; restarting it, no request is affected')
    this.#control.captureRestarts += 1
    this.#restart = startTimer(
      () =>
        this.#launch(
          () => undefined,
          (again) => this.#relaunch(again),
        ),
      this.#backoffMs,
    )
    this.#backoffMs = Math.min(this.#backoffMs * 2, LAST_BACKOFF_MS)
  }

  #readStdin(): void {
    const { stdin, logger, onEnd } = this.#given
    this.#control.captureUp = 1
    stdin.on('data', (chunk: Buffer) => {
      const fault = this.#reader.push(chunk)
      if (fault === undefined) return
      logger.error(fault, 'standard input is not a pcap or pcapng recording, or it is damaged')
      stdin.destroy()
    })
    stdin.once('close', () => {
      const fault = this.#reader.end()
      if (fault !== undefined) logger.warn(fault, 'the packet stream on standard input is incomplete')
      this.#control.captureUp = 0
      this.#reassembler.end()
      onEnd()
    })
  }

  /** Counts of tcpdump begin at 0 with each start and have 32 bits. */
  #hear(counts: TcpdumpCounts): void {
    const control = this.#control
    control.captureDroppedByKernel += (counts.droppedByKernel - this.#said.droppedByKernel) >>> 0
    control.captureDroppedByInterface += (counts.droppedByInterface - this.#said.droppedByInterface) >>> 0
    this.#said = counts
  }

  #say(): void {
    const control = this.#control
    const { packets, forgotten } = this.#counts
    control.dataHeartbeatMs = this.#given.clock.monotonicMs()
    control.connectionsOpen = this.#reassembler.openConnections
    control.capturePackets = packets.segment
    control.captureUnreadPackets = packets.fragment + packets.malformed + packets.link_type
    control.captureDroppedByRecorder = this.#counts.droppedPackets
    control.captureLostBytes = this.#counts.lostBytes
    control.captureGaps = this.#counts.gaps
    control.captureJoinedLate = this.#counts.joinedLate
    control.captureForgottenLimit = forgotten.limit
    control.captureForgottenIdle = forgotten.idle
    control.captureForgottenHalfOpen = forgotten.half_open
    control.captureClockSteps = this.#packetClock.steps
    this.#writer.settle()
    this.#beats += 1
    if (this.#beats % COUNTS_EVERY_BEATS === 0) this.#tcpdump?.askCounts()
  }
}

const NO_COUNTS: TcpdumpCounts = { received: 0, droppedByKernel: 0, droppedByInterface: 0 }

function loopbackIndex(): number | undefined {
  try {
    return Number(readFileSync(LOOPBACK_INDEX, 'utf8'))
  } catch {
    // Without /sys the outgoing copies come as well; they are dropped as repetitions.
    return undefined
  }
}
