/**
 * Replaces the proxy: reads packets of the model server's ports and writes the same frames into the ring. It never
 * touches the traffic, so a failure costs observations but no request.
 */
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
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
import { Recorder } from './recorder.ts'
import { doubleOf, halfOf, isInShare, type Share, sizeOf, WHOLE } from './share.ts'
import { ShareControl, type Traffic } from './share-control.ts'

export interface LiveCaptureOptions {
  readonly options: CaptureOptions
  readonly connections: { readonly limit: number; readonly idleTimeout: number }
  readonly memory: TapMemory
  readonly clock: Clock
  readonly logger: Logger
  /** Called when the first packet to analyse arrives. */
  readonly onFirstPacket: () => void
  /** Source of the pcap stream when `options.input` selects it. */
  readonly stdin: Readable
  /** Standard input has ended. */
  readonly onEnd: () => void
}

const HALF_OPEN_LIMIT = 100_000
const EARLY_BYTES = 64 * 1024 * 1024
const BEAT_MS = 1_000
const COUNTS_EVERY_BEATS = 10
const LOOPBACK_INDEX = '/sys/class/net/lo/ifindex'

export class LiveCapture implements PacketSink {
  readonly addresses = []
  readonly #given: LiveCaptureOptions
  readonly #control: ControlBlock
  readonly #counts = newCaptureCounts()
  readonly #packetClock: PacketClock
  readonly #reassembler: Reassembler
  readonly #writer: RingWriter
  readonly #beat: NodeJS.Timeout
  #marker: Marker | undefined
  #recorder: Recorder | undefined
  readonly #shareControl = new ShareControl()
  /** The share that the newest filter requests. */
  #wanted = WHOLE
  #beats = 0
  #isBusy = false

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
      // The kernel sees data before its acknowledgement; a stream from elsewhere may come from a mirror port.
      reorderMs: options.input === 'tcpdump' ? 0 : 10,
    })
    this.#control.captureShare = 1
    this.#say()
    this.#beat = setInterval(() => this.#say(), BEAT_MS)
  }

  /**
   * Resolves when packets can arrive.
   *
   * @throws ModeltapError CAPTURE_FAILED when tcpdump cannot be started; later failures are retried
   */
  static async start(given: LiveCaptureOptions): Promise<LiveCapture> {
    const capture = new LiveCapture(given)
    try {
      if (given.options.input === 'stdin') capture.#readStdin()
      else await capture.#openRecorder()
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
    this.#reassembler.forgetAll()
    this.#say()
    this.#control.drainState = DRAIN.DRAINED
    await this.close()
  }

  async close(): Promise<void> {
    this.#stopReading()
    clearInterval(this.#beat)
  }

  #stopReading(): void {
    this.#recorder?.stop()
    this.#marker?.close()
    this.#marker = undefined
  }

  async #openRecorder(): Promise<void> {
    const { options, clock, logger } = this.#given
    const control = this.#control
    this.#marker = await Marker.open()
    this.#recorder = new Recorder(this.#filterOf(WHOLE), {
      ...{ options, clock, logger, sink: this },
      onUp: (isUp) => {
        control.captureUp = isUp ? 1 : 0
      },
      onDrops: ({ droppedByKernel, droppedByInterface }) => {
        control.captureDroppedByKernel += droppedByKernel
        control.captureDroppedByInterface += droppedByInterface
      },
      onRestart: () => {
        control.captureRestarts += 1
      },
      onFilter: () => this.#useShare(this.#wanted),
    })
    const fault = await this.#recorder.start()
    if (fault !== undefined) throw captureFailed(options, fault)
    this.#marker.start()
  }

  #filterOf(share: Share): string {
    const { ports, interface: network } = this.#given.options
    const loopback = network === 'any' ? loopbackIndex() : undefined
    return captureFilter({ ports, markerPort: this.#marker?.port, loopbackIndex: loopback, share })
  }

  /** From now on, packets belong to these connections. */
  #useShare(share: Share): void {
    this.#control.captureShare = sizeOf(share)
    this.#reassembler.keepOnly((clientPort) => isInShare(clientPort, share))
  }

  /** Reduces the share of connections when too many bytes are lost, and raises it again later. */
  #settleShare(): void {
    const recorder = this.#recorder
    if (recorder === undefined || recorder.isChanging) return
    const { clock, logger, options } = this.#given
    const change = this.#shareControl.look(clock.monotonicMs(), this.#traffic(), this.#wanted.halvings > 0)
    const before = this.#wanted
    if (change === 'halve' && sizeOf(before) / 2 >= options.minShare)
      this.#wanted = halfOf(before, this.#reassembler.clientPorts()) ?? before
    if (change === 'double') this.#wanted = doubleOf(before)
    if (this.#wanted.halvings === before.halvings) return
    logger.warn(
      { share: sizeOf(this.#wanted) },
      change === 'halve'
        ? 'the capture cannot keep up; it looks at fewer connections, no request is affected'
        : 'the capture keeps up; it looks at more connections again',
    )
    recorder.change(this.#filterOf(this.#wanted))
  }

  #traffic(): Traffic {
    const { bytesToServer, bytesToClient, droppedBytes } = this.#control
    return { bytes: bytesToServer + bytesToClient, lostBytes: droppedBytes + this.#counts.lostBytes }
  }

  #readStdin(): void {
    const { stdin, logger, onEnd } = this.#given
    const reader = new PcapReader(this)
    this.#control.captureUp = 1
    stdin.on('data', (chunk: Buffer) => {
      const fault = reader.push(chunk)
      if (fault === undefined) return
      logger.error(fault, 'standard input is not a pcap or pcapng recording, or it is damaged')
      stdin.destroy()
    })
    stdin.once('close', () => {
      const fault = reader.end()
      if (fault !== undefined) logger.warn(fault, 'the packet stream on standard input is incomplete')
      this.#control.captureUp = 0
      this.#reassembler.end()
      onEnd()
    })
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
    control.captureForgottenShare = forgotten.share
    control.captureClockSteps = this.#packetClock.steps
    this.#writer.settle()
    this.#beats += 1
    if (this.#beats % COUNTS_EVERY_BEATS === 0) this.#recorder?.askCounts()
    this.#settleShare()
  }
}

function loopbackIndex(): number | undefined {
  try {
    return Number(readFileSync(LOOPBACK_INDEX, 'utf8'))
  } catch {
    // Without /sys the outgoing copies arrive too; they are dropped as repetitions.
    return undefined
  }
}
