/** The ways in besides the proxy: what was read, and what could not be. Every reason starts at 0. */
import type { CloudeventsStats, TailStats } from '../sources/source-stats.ts'
import { observed, type MetricDescriptor } from './metric.ts'

type Words = Pick<MetricDescriptor, 'name' | 'unit' | 'help'>
type Counts = Readonly<Record<string, number>>

const NO_TAIL = 'Absent when no log files are followed (tail.files).'
const NO_EVENTS = 'Absent when no CloudEvents are taken (cloudevents.listen).'

function ofTail(words: Words & { readonly type: 'counter' | 'gauge' }, read: (tail: TailStats) => number) {
  return observed({
    ...words,
    labels: [],
    absence: NO_TAIL,
    collect: ({ self }, emit) => emit(self.tail && read(self.tail)),
  })
}

function tailByReason(words: Words, read: (tail: TailStats) => Counts) {
  return observed({
    ...words,
    type: 'counter',
    labels: ['reason'],
    absence: NO_TAIL,
    collect: ({ self }, emit) => {
      if (self.tail === undefined) return
      for (const [reason, count] of Object.entries(read(self.tail))) emit(count, reason)
    },
  })
}

function eventsByReason(words: Words, read: (events: CloudeventsStats) => Counts) {
  return observed({
    ...words,
    type: 'counter',
    labels: ['reason'],
    absence: NO_EVENTS,
    collect: ({ self }, emit) => {
      if (self.cloudevents === undefined) return
      for (const [reason, count] of Object.entries(read(self.cloudevents))) emit(count, reason)
    },
  })
}

const tailLines = ofTail(
  {
    name: 'modeltap_tail_lines_total',
    type: 'counter',
    unit: 'lines',
    help: 'Lines read from log files, those among them that could not be used; blank ones are not counted.',
  },
  (tail) => tail.lines,
)

const tailUnusedLines = tailByReason(
  {
    name: 'modeltap_tail_unused_lines_total',
    unit: 'lines',
    help: 'Lines of log files that are no record at all, by reason; rows that cannot be decoded count in modeltap_decode_failures_total.',
  },
  (tail) => tail.failures,
)

const tailUnjoinedLines = tailByReason(
  {
    name: 'modeltap_tail_unjoined_lines_total',
    unit: 'lines',
    help: 'Lines whose other half did not come (tail.fields.id), by reason; all but duplicates count alone.',
  },
  (tail) => tail.unjoined,
)

const tailBytes = ofTail(
  {
    name: 'modeltap_tail_read_bytes_total',
    type: 'counter',
    unit: 'bytes',
    help: 'Bytes of whole lines read from log files.',
  },
  (tail) => tail.bytes,
)

const tailUnread = ofTail(
  {
    name: 'modeltap_tail_unread_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Bytes of the followed log files that have not been read yet.',
  },
  (tail) => tail.unreadBytes,
)

const tailFiles = ofTail(
  {
    name: 'modeltap_tail_files',
    type: 'gauge',
    unit: 'files',
    help: 'Log files that are followed now, rotated ones that are being read to their end among them.',
  },
  (tail) => tail.files,
)

const tailRotations = tailByReason(
  {
    name: 'modeltap_tail_rotations_total',
    unit: 'events',
    help: 'Log files that were rotated, by how: renamed or removed, or truncated.',
  },
  (tail) => tail.rotations,
)

const tailUnfollowedFiles = tailByReason(
  {
    name: 'modeltap_tail_unfollowed_files_total',
    unit: 'files',
    help: 'Files that the globs name but that are not followed, by reason.',
  },
  (tail) => tail.unfollowed,
)

const cloudevents = observed({
  name: 'modeltap_cloudevents_total',
  type: 'counter',
  unit: 'events',
  labels: ['kind'],
  help: 'CloudEvents that were taken, by what they carry: request or response.',
  absence: NO_EVENTS,
  collect: ({ self }, emit) => {
    for (const [kind, count] of Object.entries(self.cloudevents?.events ?? {})) emit(count, kind)
  },
})

const cloudeventsRefused = eventsByReason(
  {
    name: 'modeltap_cloudevents_refused_total',
    unit: 'events',
    help: 'Events that were not used, by reason.',
  },
  (events) => events.refused,
)

const cloudeventsUnjoined = eventsByReason(
  {
    name: 'modeltap_cloudevents_unjoined_total',
    unit: 'events',
    help: 'Events whose other half did not come, by reason; all but duplicates count alone, without traffic.',
  },
  (events) => events.unjoined,
)

const cloudeventsWaiting = observed({
  name: 'modeltap_cloudevents_waiting',
  type: 'gauge',
  unit: 'events',
  labels: [],
  help: 'Events that wait for their other half now.',
  absence: NO_EVENTS,
  collect: ({ self }, emit) => emit(self.cloudevents?.waiting),
})

/** In the order of the exposition. */
export const sourceMetrics = {
  tailLines,
  tailUnusedLines,
  tailUnjoinedLines,
  tailBytes,
  tailUnread,
  tailFiles,
  tailRotations,
  tailUnfollowedFiles,
  cloudevents,
  cloudeventsRefused,
  cloudeventsUnjoined,
  cloudeventsWaiting,
} as const
