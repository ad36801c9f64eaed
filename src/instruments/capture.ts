/** Packets that a capture reads and misses. */
import type { CaptureSnapshot } from '../capture/snapshot.ts'
import type { Unit } from '../lib/units.ts'
import { observed } from './metric.ts'

const ABSENCE = 'Absent unless traffic is captured.'

interface Words {
  readonly name: string
  readonly unit: Unit
  readonly help: string
}

const single = (type: 'counter' | 'gauge', words: Words, read: (capture: CaptureSnapshot) => number) =>
  observed({
    ...words,
    type,
    labels: [],
    absence: ABSENCE,
    collect: ({ self: { capture } }, emit) => {
      if (capture !== undefined) emit(read(capture))
    },
  })

const byReason = (words: Words, read: (capture: CaptureSnapshot) => Readonly<Record<string, number>>) =>
  observed({
    ...words,
    type: 'counter',
    labels: ['reason'],
    absence: `${ABSENCE} Every reason starts at 0.`,
    collect: ({ self: { capture } }, emit) => {
      if (capture === undefined) return
      for (const [reason, count] of Object.entries(read(capture))) emit(count, reason)
    },
  })

export const captureMetrics = {
  captureUp: single(
    'gauge',
    {
      name: 'modeltap_capture_up',
      unit: 'flag',
      help: 'Whether the capture runs: 1, or 0 while it restarts.',
    },
    ({ isUp }) => (isUp ? 1 : 0),
  ),
  capturePackets: single(
    'counter',
    { name: 'modeltap_capture_packets_total', unit: 'packets', help: 'Captured TCP packets.' },
    ({ packets }) => packets,
  ),
  captureUnreadPackets: single(
    'counter',
    {
      name: 'modeltap_capture_unread_packets_total',
      unit: 'packets',
      help: 'Captured packets that modeltap cannot read: IP fragments, damaged packets, unknown link types.',
    },
    ({ unreadPackets }) => unreadPackets,
  ),
  captureDroppedPackets: byReason(
    {
      name: 'modeltap_capture_dropped_packets_total',
      unit: 'packets',
      help: 'Packets lost before modeltap could read them, by reason. A lost packet is not always a lost request.',
    },
    ({ droppedPackets }) => droppedPackets,
  ),
  captureLostBytes: single(
    'counter',
    {
      name: 'modeltap_capture_lost_bytes_total',
      unit: 'bytes',
      help: 'Bytes of watched connections that the capture missed.',
    },
    ({ lostBytes }) => lostBytes,
  ),
  captureGaps: single(
    'counter',
    {
      name: 'modeltap_capture_gaps_total',
      unit: 'events',
      help: 'Gaps in captured streams; each can hide one request.',
    },
    ({ gaps }) => gaps,
  ),
  captureJoinedLate: single(
    'counter',
    {
      name: 'modeltap_capture_joined_late_total',
      unit: 'connections',
      help: 'Connections that were open before the capture began. HTTP/1 is read from the next request on, HTTP/2 is not.',
    },
    ({ joinedLate }) => joinedLate,
  ),
  captureForgotten: byReason(
    {
      name: 'modeltap_capture_forgotten_total',
      unit: 'connections',
      help: 'Connections that modeltap stopped following although they may be open, by reason.',
    },
    ({ forgotten }) => forgotten,
  ),
  captureShare: single(
    'gauge',
    {
      name: 'modeltap_capture_share',
      unit: 'share',
      help: 'Share of connections that the capture looks at, 0 to 1; below 1 while it cannot keep up with all of them.',
    },
    ({ share }) => share,
  ),
  captureRestarts: single(
    'counter',
    {
      name: 'modeltap_capture_restarts_total',
      unit: 'events',
      help: 'Restarts of tcpdump after it ended by itself.',
    },
    ({ restarts }) => restarts,
  ),
  captureLag: single(
    'gauge',
    {
      name: 'modeltap_capture_lag_seconds',
      unit: 'seconds',
      help: 'Age of packets when modeltap reads them, in seconds; about 0.5 with little traffic.',
    },
    ({ lagSeconds }) => lagSeconds,
  ),
} as const
