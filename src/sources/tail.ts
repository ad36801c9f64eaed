/** Follows prediction logs, access logs and container logs. */
import { defineSource } from './source.ts'
import type { SavedOffset } from './tail-offsets.ts'
import { tailOptions } from './tail-options.ts'
import { newTailStats, type TailStats } from './tail-stats.ts'

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0)

export const tail = defineSource({
  name: 'tail',
  purpose: 'read logs',
  options: tailOptions,
  enabledBy: 'files',
  absence: 'Absent when no log files are followed (tail.files).',
  stats: newTailStats,

  metrics: {
    tailLines: {
      name: 'modeltap_tail_lines_total',
      type: 'counter',
      unit: 'lines',
      help: 'Lines read from log files, those among them that could not be used; blank ones are not counted.',
      read: ({ lines }: TailStats) => lines,
    },
    tailUnusedLines: {
      name: 'modeltap_tail_unused_lines_total',
      type: 'counter',
      unit: 'lines',
      label: 'reason',
      help: 'Lines of log files that are no record at all, by reason; rows that cannot be decoded count in modeltap_decode_failures_total.',
      read: ({ failures }: TailStats) => failures,
    },
    tailUnjoinedLines: {
      name: 'modeltap_tail_unjoined_lines_total',
      type: 'counter',
      unit: 'lines',
      label: 'reason',
      help: 'Lines without their counterpart (tail.fields.id), by reason; except for duplicates, each counts alone.',
      read: ({ unjoined }: TailStats) => unjoined,
    },
    tailBytes: {
      name: 'modeltap_tail_read_bytes_total',
      type: 'counter',
      unit: 'bytes',
      help: 'Bytes of whole lines read from log files.',
      read: ({ bytes }: TailStats) => bytes,
    },
    tailUnread: {
      name: 'modeltap_tail_unread_bytes',
      type: 'gauge',
      unit: 'bytes',
      help: 'Unread bytes of the followed log files.',
      read: ({ unreadBytes }: TailStats) => unreadBytes,
    },
    tailFiles: {
      name: 'modeltap_tail_files',
      type: 'gauge',
      unit: 'files',
      help: 'Log files that are followed now, rotated ones that are being read to their end among them.',
      read: ({ files }: TailStats) => files,
    },
    tailRotations: {
      name: 'modeltap_tail_rotations_total',
      type: 'counter',
      unit: 'events',
      label: 'reason',
      help: 'Log files that were rotated, by how: renamed or removed, or truncated.',
      read: ({ rotations }: TailStats) => rotations,
    },
    tailUnfollowedFiles: {
      name: 'modeltap_tail_unfollowed_files_total',
      type: 'counter',
      unit: 'files',
      label: 'reason',
      help: 'Files that the globs name but that are not followed, by reason.',
      read: ({ unfollowed }: TailStats) => unfollowed,
    },
  },

  section: ({ files, lines, failures, unreadBytes, unfollowed }) => [
    { name: 'log files followed', value: files },
    { name: 'log lines read', value: lines },
    { name: 'log lines not used', value: failures, alarming: sum(failures) > 0 },
    { name: 'log bytes not yet read', value: { bytes: unreadBytes } },
    { name: 'log files not followed', value: unfollowed, alarming: sum(unfollowed) > 0 },
  ],

  async open(options, { settings, place, ...context }) {
    const { TailFollower } = await import('./tail-follower.ts')
    const follower = await TailFollower.open({
      ...context,
      ...settings,
      options,
      // Written by `place` below.
      kept: place as readonly SavedOffset[] | undefined,
    })
    await follower.start()
    return {
      stop: () => follower.stop(),
      resume: { place: () => follower.offsets(), hold: (work) => follower.hold(work) },
    }
  },
})
