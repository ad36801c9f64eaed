/** modeltap's observation, losses and cost. Every reason starts at 0. */
import { FAILURES } from '../formats/failure.ts'
import { version } from '../lib/version.ts'
import { type MetricDescriptor, observed } from './metric.ts'
import type { SelfSnapshot } from './self-snapshot.ts'

type Words = Pick<MetricDescriptor, 'name' | 'unit' | 'help'>

function byReason(words: Words, read: (self: SelfSnapshot) => Readonly<Record<string, number>>) {
  return observed({
    ...words,
    type: 'counter',
    labels: ['reason'],
    absence: 'Every reason starts at 0.',
    collect: ({ self }, emit) => {
      for (const [reason, count] of Object.entries(read(self))) emit(count, reason)
    },
  })
}

function single(words: Words & { readonly type: 'counter' | 'gauge' }, read: (self: SelfSnapshot) => number) {
  return observed({
    ...words,
    labels: [],
    absence: 'Never absent.',
    collect: ({ self }, emit) => emit(read(self)),
  })
}

const tapBytes = single(
  {
    name: 'modeltap_tap_bytes_total',
    type: 'counter',
    unit: 'bytes',
    help: 'Bytes of both directions that were copied for analysis.',
  },
  (self) => self.tapBytes,
)

const tapDroppedBytes = byReason(
  {
    name: 'modeltap_tap_dropped_bytes_total',
    unit: 'bytes',
    help: 'Bytes that modeltap forwarded but did not copy for analysis, by reason.',
  },
  (self) => self.droppedBytes,
)

const exchangesUnobserved = byReason(
  {
    name: 'modeltap_exchanges_unobserved_total',
    unit: 'exchanges',
    help: 'Requests or connections that modeltap forwarded but could not observe, by reason.',
  },
  (self) => self.unobservedExchanges,
)

const decodeFailures = observed({
  name: 'modeltap_decode_failures_total',
  type: 'counter',
  unit: 'exchanges',
  labels: ['protocol', 'reason'],
  help: 'Predictions whose payload could not be decoded into rows, by protocol and reason; the traffic itself is not affected.',
  absence: 'Absent until modeltap recognises the protocol; then every reason starts at 0.',
  collect: ({ self, snapshot }, emit) => {
    const counts = new Map(
      self.decodeFailures.map((failure) => [`${failure.protocol} ${failure.reason}`, failure]),
    )
    const protocols = new Set(snapshot.models.map(({ protocol }) => protocol))
    for (const { protocol } of self.decodeFailures) protocols.add(protocol)
    for (const protocol of protocols) {
      for (const reason of FAILURES) emit(counts.get(`${protocol} ${reason}`)?.count ?? 0, protocol, reason)
    }
  },
})

const exchangesWithoutRows = byReason(
  {
    name: 'modeltap_exchanges_without_rows_total',
    unit: 'exchanges',
    help: 'Successful calls with a JSON, form or MessagePack body that gave no rows, by reason.',
  },
  (self) => self.exchangesWithoutRows,
)

const routeMisfits = byReason(
  {
    name: 'modeltap_route_misfits_total',
    unit: 'exchanges',
    help: 'Exchanges whose bodies do not fit the learned structure of their route, by reason.',
  },
  (self) => self.routeMisfits,
)

const structureLimits = byReason(
  {
    name: 'modeltap_structure_limits_total',
    unit: 'events',
    help: 'How often a limit kept something of a JSON body out of its columns, counted each time a route is learned, by limit.',
  },
  (self) => self.structureLimits,
)

const ringUsed = single(
  {
    name: 'modeltap_ring_used_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Fill level of the buffer between traffic and analysis, 0 to 1; at 1 modeltap drops bytes from the analysis.',
  },
  (self) => self.ringUsedRatio,
)

const analysisLag = single(
  {
    name: 'modeltap_analysis_lag_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Delay of the analysis behind the traffic, in seconds.',
  },
  (self) => self.analysisLagSeconds,
)

const eventLoopStall = single(
  {
    name: 'modeltap_event_loop_stall_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Longest stall of the event loop that forwards the traffic, in the last minute, in seconds; requests wait this long.',
  },
  (self) => self.eventLoopStallSeconds,
)

const analysisRestarts = byReason(
  {
    name: 'modeltap_analysis_restarts_total',
    unit: 'events',
    help: 'Restarts of the analysis thread, by reason; traffic continues during a restart.',
  },
  (self) => self.restarts,
)

const openConnections = single(
  {
    name: 'modeltap_open_connections',
    type: 'gauge',
    unit: 'connections',
    help: 'Open client connections.',
  },
  (self) => self.openConnections,
)

const connectionsEnded = byReason(
  {
    name: 'modeltap_connections_ended_total',
    unit: 'connections',
    help: 'Client connections that modeltap refused or closed, by reason.',
  },
  (self) => self.endedConnections,
)

const adminConnectionsClosed = byReason(
  {
    name: 'modeltap_admin_connections_closed_total',
    unit: 'connections',
    help: 'Connections to the admin port that modeltap closed before a whole request came, or to make room for newer ones, by reason.',
  },
  (self) => self.closedAdminConnections,
)

const seriesDropped = observed({
  name: 'modeltap_series_dropped_total',
  type: 'counter',
  unit: 'series',
  labels: ['reason'],
  help: 'Series dropped from the exposition, by limit; increases at each collection while a limit applies.',
  absence: 'Every reason starts at 0.',
  collect: ({ self, exposition }, emit) => {
    for (const [reason, count] of Object.entries(self.droppedSeries)) emit(count, reason)
    for (const [reason, count] of Object.entries(exposition.droppedSeries)) emit(count, reason)
  },
})

const expositionSeries = observed({
  name: 'modeltap_exposition_series',
  type: 'gauge',
  unit: 'series',
  labels: [],
  help: 'Series of the last collection; a histogram counts once per bucket, sum and count.',
  absence: 'Never absent; 0 in the first collection.',
  collect: ({ exposition }, emit) => emit(exposition.lastSeries),
})

const expositionDuration = observed({
  name: 'modeltap_exposition_duration_seconds',
  type: 'gauge',
  unit: 'seconds',
  labels: [],
  help: 'Duration of the last collection and its rendering, in seconds.',
  absence: 'Never absent; 0 in the first collection.',
  collect: ({ exposition }, emit) => emit(exposition.lastDurationSeconds),
})

const otlpExports = observed({
  name: 'modeltap_otlp_exports_total',
  type: 'counter',
  unit: 'events',
  labels: ['outcome'],
  help: 'Pushes over OTLP, by outcome; partial when the receiver refused some data points, skipped when the one before had not ended.',
  absence: 'Absent when otlp.endpoint is not configured.',
  collect: ({ exposition }, emit) => {
    for (const [outcome, count] of Object.entries(exposition.otlpExports ?? {})) emit(count, outcome)
  },
})

const buildInfo = observed({
  name: 'modeltap_build_info',
  type: 'gauge',
  unit: 'info',
  labels: ['version', 'node_version'],
  help: 'Version of modeltap and of the Node.js that runs it, always 1.',
  absence: 'Never absent.',
  collect: (_sources, emit) => emit(1, version, process.versions.node),
})

/** In the order of the exposition. */
export const selfMetrics = {
  tapBytes,
  tapDroppedBytes,
  exchangesUnobserved,
  decodeFailures,
  exchangesWithoutRows,
  routeMisfits,
  structureLimits,
  ringUsed,
  analysisLag,
  eventLoopStall,
  analysisRestarts,
  openConnections,
  connectionsEnded,
  adminConnectionsClosed,
  seriesDropped,
  expositionSeries,
  expositionDuration,
  otlpExports,
  buildInfo,
} as const
