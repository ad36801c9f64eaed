/** What modeltap reads instead of proxied traffic, or beside it: captured packets, log files and CloudEvents. */
import { metric } from '../../src/instruments/catalogue.ts'
import type { MetricDescriptor } from '../../src/instruments/metric.ts'
import { rate, series } from '../selectors.ts'
import { timeseries } from '../visuals/timeseries.ts'

const NO_TAIL = 'No log files are followed'
const NO_CAPTURE = 'No traffic is captured'
const NO_EVENTS = 'No CloudEvents are taken'
const of = (descriptor: MetricDescriptor): string => series(descriptor, 'target')
const during = (descriptor: MetricDescriptor): string => `increase(${of(descriptor)}[$__rate_interval])`

export const capture = () =>
  timeseries({
    title: 'Capture',
    description:
      'Whether tcpdump runs (1 or 0), and the share of connections that it reads. The share is below 1 while modeltap cannot keep up; request rates of this replica are then too low by that factor. Metrics: `modeltap_capture_up`, `modeltap_capture_share`.',
    size: 'half',
    unit: 'percentunit',
    noValue: NO_CAPTURE,
    targets: [
      { expr: `min by (pod, instance) (${of(metric.captureUp)})`, legend: 'runs {{pod}} {{instance}}' },
      { expr: `min by (pod, instance) (${of(metric.captureShare)})`, legend: 'share {{pod}} {{instance}}' },
    ],
  })

export const captureLoss = () =>
  timeseries({
    title: 'Missed by the capture',
    description:
      'Within the interval: packets lost before modeltap could read them, by reason; gaps in streams; connections that were already open, or dropped from tracking. Each gap can hide one request. Metrics: `modeltap_capture_dropped_packets_total`, `modeltap_capture_gaps_total`, `modeltap_capture_joined_late_total`, `modeltap_capture_forgotten_total`.',
    size: 'half',
    unit: 'short',
    noValue: NO_CAPTURE,
    targets: [
      { expr: `sum by (reason) (${during(metric.captureDroppedPackets)})`, legend: 'packets: {{reason}}' },
      { expr: `sum(${during(metric.captureGaps)})`, legend: 'gaps' },
      { expr: `sum(${during(metric.captureJoinedLate)})`, legend: 'joined late' },
      { expr: `sum by (reason) (${during(metric.captureForgotten)})`, legend: 'given up: {{reason}}' },
    ],
  })

export const lines = () =>
  timeseries({
    title: 'Lines of log files',
    description:
      'Lines read per second, and unusable lines by reason. Above 1 % ModeltapInputUnused fires; the usual cause is a format that differs from `tail.format` or `tail.fields`. Metrics: `modeltap_tail_lines_total`, `modeltap_tail_unused_lines_total`.',
    unit: 'cps',
    noValue: NO_TAIL,
    targets: [
      { expr: `sum(${rate(of(metric.tailLines))})`, legend: 'read' },
      { expr: `sum by (reason) (${rate(of(metric.tailUnusedLines))})`, legend: 'unused: {{reason}}' },
    ],
  })

export const backlog = () =>
  timeseries({
    title: 'Read and not yet read',
    description:
      'Bytes of the followed files that wait to be read, by replica, and bytes read per second. A growing backlog means that figures are late, and that lines are lost if the file is truncated first. Metrics: `modeltap_tail_unread_bytes`, `modeltap_tail_read_bytes_total`.',
    unit: 'bytes',
    noValue: NO_TAIL,
    targets: [
      { expr: `sum by (pod, instance) (${of(metric.tailUnread)})`, legend: 'waiting {{pod}} {{instance}}' },
      {
        expr: `sum by (pod, instance) (${rate(of(metric.tailBytes))})`,
        legend: 'read per second {{pod}} {{instance}}',
      },
    ],
  })

export const files = () =>
  timeseries({
    title: 'Log files',
    description:
      'Followed files; rotations, and files that match the globs but are not followed, within the interval. Files at the limit (`tail.maxFiles`) or without permission are not read at all. Metrics: `modeltap_tail_files`, `modeltap_tail_rotations_total`, `modeltap_tail_unfollowed_files_total`.',
    unit: 'short',
    noValue: NO_TAIL,
    targets: [
      { expr: `sum(${of(metric.tailFiles)})`, legend: 'followed' },
      { expr: `sum by (reason) (${during(metric.tailRotations)})`, legend: 'rotated: {{reason}}' },
      { expr: `sum by (reason) (${during(metric.tailUnfollowedFiles)})`, legend: 'not followed: {{reason}}' },
    ],
  })

export const events = () =>
  timeseries({
    title: 'CloudEvents',
    description:
      'Accepted events per second by content, and refused events by reason. Requests and responses should arrive in equal numbers. Metrics: `modeltap_cloudevents_total`, `modeltap_cloudevents_refused_total`.',
    unit: 'cps',
    noValue: NO_EVENTS,
    targets: [
      { expr: `sum by (kind) (${rate(of(metric.cloudevents))})`, legend: '{{kind}}' },
      { expr: `sum by (reason) (${rate(of(metric.cloudeventsRefused))})`, legend: 'refused: {{reason}}' },
    ],
  })

export const unjoined = () =>
  timeseries({
    title: 'Halves that stayed alone',
    description:
      'Lines and events per second without a counterpart in time: their features or predictions count, their traffic does not. `timeout`: wait longer (`cloudevents.wait`) or check the missing logger; `full`: more are waiting than the limit allows. Metrics: `modeltap_tail_unjoined_lines_total`, `modeltap_cloudevents_unjoined_total`.',
    unit: 'cps',
    noValue: 'Nothing to join',
    targets: [
      { expr: `sum by (reason) (${rate(of(metric.tailUnjoinedLines))})`, legend: 'lines: {{reason}}' },
      { expr: `sum by (reason) (${rate(of(metric.cloudeventsUnjoined))})`, legend: 'events: {{reason}}' },
    ],
  })

export const waiting = () =>
  timeseries({
    title: 'Events that wait',
    description:
      'Events that currently wait for their counterpart, by replica. Steady growth up to the limit means that one side is not sent to this replica. Metric: `modeltap_cloudevents_waiting`.',
    unit: 'short',
    noValue: NO_EVENTS,
    targets: [
      { expr: `sum by (pod, instance) (${of(metric.cloudeventsWaiting)})`, legend: '{{pod}} {{instance}}' },
    ],
  })
