/** Extracts the exchanges of a packet recording (pcap, pcapng, also gzip), on the recording's clock. */
import { type CaptureCounts, newCaptureCounts } from '../capture/capture-counts.ts'
import type { FrameWriter } from '../capture/frame-writer.ts'
import { PcapReader } from '../capture/pcap-reader.ts'
import { Reassembler } from '../capture/reassembler.ts'
import { ModeltapError } from '../errors.ts'
import { followGeneration } from '../generation/generation-stream.ts'
import { zeros } from '../lib/zeros.ts'
import type { Exchange } from '../observe/exchange.ts'
import { Observer } from '../observe/observer.ts'
import { UNOBSERVED_REASONS, type UnobservedReason } from '../observe/unobserved.ts'
import { FRAME } from '../ring/frame.ts'

export interface RecordingOptions {
  /** Ports of the model server; when empty, detected from the requests. */
  readonly ports: readonly number[]
  readonly limits: {
    readonly bodyBytes: number
    readonly headerBytes: number
    readonly connections: number
  }
  /** Each exchange, with the time of its last byte; milliseconds since 1970. */
  readonly onExchange: (exchange: Exchange, epochMs: number) => void
}

export interface RecordingResult {
  readonly counts: CaptureCounts
  readonly unobserved: Readonly<Record<UnobservedReason, number>>
  /** Requests still running at the end of the recording. */
  readonly unfinished: number
  /** Why the recording ended early; everything before was read. */
  readonly cutOff: string | undefined
}

const HALF_OPEN_LIMIT = 100_000
const IDLE_MS = 3_600_000
const EARLY_BYTES = 64 * 1024 * 1024
/** A mirror port may reorder packets; a later packet counts as lost. */
const REORDER_MS = 10

/**
 * Reads a stream of packets to its end.
 *
 * @param name for messages
 * @throws ModeltapError INPUT_INVALID when nothing could be read of it, or when it is damaged
 */
export async function readRecording(
  name: string,
  chunks: AsyncIterable<Buffer>,
  { ports, limits, onExchange }: RecordingOptions,
): Promise<RecordingResult> {
  const counts = newCaptureCounts()
  const unobserved = zeros(UNOBSERVED_REASONS)
  let nowMs = 0
  const observer = new Observer({
    onExchange: (exchange) => onExchange(exchange, nowMs),
    onUnobserved: (reason, count = 1) => (unobserved[reason] += count),
    skip: { skipUntil: () => undefined },
    onStreamedResponse: followGeneration,
    limits,
  })
  const writer: FrameWriter = {
    data: (connection, direction, offset, timeMs, source, start, end) =>
      observer.frame(FRAME.DATA, connection, direction, offset, (nowMs = timeMs), source, start, end),
    lifecycle: (kind, connection, direction, offset, timeMs) =>
      observer.frame(kind, connection, direction, offset, (nowMs = timeMs), NO_BYTES, 0, 0),
  }
  let lastId = 0
  const reassembler = new Reassembler({
    ports: { given: new Set(ports), found: new Set() },
    writer,
    ids: { take: () => (lastId += 1), release: () => undefined },
    counts,
    limits: {
      connections: limits.connections,
      halfOpen: HALF_OPEN_LIMIT,
      idleMs: IDLE_MS,
      earlyBytes: EARLY_BYTES,
    },
    timeOf: (epochMs) => epochMs,
    reorderMs: REORDER_MS,
  })
  const reader = new PcapReader(reassembler)
  for await (const chunk of chunks) {
    const fault = reader.push(chunk)
    if (fault !== undefined) throw damaged(name, fault.offset, fault.problem)
  }
  reassembler.end()
  const end = reader.end()
  const packets = Object.values(counts.packets).reduce((sum, count) => sum + count, 0)
  // A killed recorder leaves half a record, which does not invalidate the packets before it.
  if (end !== undefined && packets === 0) throw damaged(name, end.offset, end.problem)
  const unfinished = observer.inFlight
  return {
    counts,
    unobserved,
    unfinished,
    cutOff: end === undefined ? undefined : `at byte ${end.offset}: ${end.problem}`,
  }
}

const NO_BYTES = Buffer.alloc(0)

function damaged(name: string, offset: number, problem: string): ModeltapError {
  return new ModeltapError('INPUT_INVALID', {
    message: `${name}, at byte ${offset}: ${problem}`,
    hint: 'Allowed are pcap and pcapng recordings, also with .gz: tcpdump -i any -p -n -s 262144 -w traffic.pcap "tcp port 8080"',
  })
}

/** Notes on the recording that matter for the result, in sentences. */
export function recordingNotes({ counts, unobserved, unfinished, cutOff }: RecordingResult): string[] {
  const { packets, gaps, lostBytes, droppedPackets, joinedLate } = counts
  const facts: readonly (readonly [number, string])[] = [
    [droppedPackets, `the recorder lost ${droppedPackets} packets`],
    [gaps, `${gaps} holes of ${lostBytes} bytes: some calls are missing`],
    [joinedLate, `${joinedLate} connections were open before the recording began`],
    [unfinished, `${unfinished} calls were still running when it ended`],
    [packets.link_type, `${packets.link_type} packets have a link type that is not read`],
    [packets.fragment, `${packets.fragment} packets are IP fragments`],
    [packets.malformed, `${packets.malformed} packets are damaged or cut; record with -s 262144`],
  ]
  const unread = Object.entries(unobserved).filter(([, count]) => count > 0)
  return [
    ...facts.filter(([count]) => count > 0).map(([, text]) => text),
    ...unread.map(([reason, count]) => `${count} calls or connections could not be read (${reason})`),
    ...(cutOff === undefined ? [] : [cutOff]),
  ]
}
