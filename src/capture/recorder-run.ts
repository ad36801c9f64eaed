/** One run of tcpdump with one filter. */
import type { Clock } from '../lib/clock.ts'
import type { CaptureOptions } from './options.ts'
import type { PacketSink } from './packet-sink.ts'
import { PcapReader } from './pcap-reader.ts'
import { NO_COUNTS, type PacketDrops, Tcpdump, type TcpdumpCounts, type TcpdumpFault } from './tcpdump.ts'

export interface RunOptions {
  readonly options: Pick<CaptureOptions, 'program' | 'interface' | 'bufferKiB'>
  readonly sink: PacketSink
  readonly clock: Clock
  /** Packets lost since the last call. */
  readonly onDrops: (drops: PacketDrops) => void
}

export class RecorderRun implements PacketSink {
  readonly filter: string
  /** Wall-clock time from which every packet is captured, milliseconds since 1970; infinity before. */
  listensSinceMs = Number.POSITIVE_INFINITY
  /** Time of the last delivered packet. */
  lastEpochMs = Number.NEGATIVE_INFINITY
  readonly #given: RunOptions
  readonly #tcpdump: Tcpdump
  #afterMs = Number.NEGATIVE_INFINITY
  #onPacket: (epochMs: number) => void = () => undefined
  #said: TcpdumpCounts = NO_COUNTS

  constructor(
    filter: string,
    given: RunOptions,
    events: { readonly onListening: () => void; readonly onEnd: (fault: TcpdumpFault) => void },
  ) {
    this.filter = filter
    this.#given = given
    this.#tcpdump = new Tcpdump({
      ...given.options,
      filter,
      onCounts: (counts) => this.#hear(counts),
      onListening: () => {
        this.listensSinceMs = given.clock.epochMs()
        events.onListening()
      },
      onEnd: events.onEnd,
    })
  }

  get isListening(): boolean {
    return this.listensSinceMs !== Number.POSITIVE_INFINITY
  }

  /** Delivers packets from now on, without those up to `epochMs`, which another run has delivered. */
  readAfter(epochMs: number, onPacket: (epochMs: number) => void): void {
    this.#afterMs = epochMs
    this.#onPacket = onPacket
    const reader = new PcapReader(this)
    this.#tcpdump.read((chunk) => {
      if (reader.push(chunk) !== undefined) this.#tcpdump.stop()
    })
  }

  packet(linkType: number, epochMs: number, bytes: Buffer, start: number, end: number): void {
    if (epochMs <= this.#afterMs) return
    // Only once: after the clock is set back, later packets must not be hidden.
    this.#afterMs = Number.NEGATIVE_INFINITY
    this.lastEpochMs = epochMs
    this.#given.sink.packet(linkType, epochMs, bytes, start, end)
    this.#onPacket(epochMs)
  }

  lost(packets: number): void {
    this.#given.sink.lost?.(packets)
  }

  askCounts(): void {
    this.#tcpdump.askCounts()
  }

  stop(): void {
    this.#tcpdump.stop()
  }

  /** tcpdump's counts start at 0 with each process and have 32 bits. */
  #hear(counts: TcpdumpCounts): void {
    this.#given.onDrops({
      droppedByKernel: (counts.droppedByKernel - this.#said.droppedByKernel) >>> 0,
      droppedByInterface: (counts.droppedByInterface - this.#said.droppedByInterface) >>> 0,
    })
    this.#said = counts
  }
}
