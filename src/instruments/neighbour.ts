/** Results of fetching the model server's own metrics, which are passed through under their own names. */
import { observed } from './metric.ts'

const WHEN_ABSENT = 'Absent when neighbour.metrics is not configured.'

export const neighbourUp = observed({
  name: 'modeltap_neighbour_up',
  type: 'gauge',
  unit: 'flag',
  labels: [],
  help: "Whether the last fetch of the model server's metrics succeeded, 0 or 1.",
  absence: WHEN_ABSENT,
  collect: ({ self: { neighbour } }, emit) => {
    if (neighbour !== undefined) emit(neighbour.up ? 1 : 0)
  },
})

export const neighbourDuration = observed({
  name: 'modeltap_neighbour_fetch_duration_seconds',
  type: 'gauge',
  unit: 'seconds',
  labels: [],
  help: "Duration of the last fetch of the model server's metrics, in seconds.",
  absence: WHEN_ABSENT,
  collect: ({ self: { neighbour } }, emit) => emit(neighbour?.durationSeconds),
})

export const neighbourSamples = observed({
  name: 'modeltap_neighbour_samples',
  type: 'gauge',
  unit: 'series',
  labels: [],
  help: 'Samples of the model server that the previous scrape passed on.',
  absence: WHEN_ABSENT,
  collect: ({ self: { neighbour } }, emit) => emit(neighbour?.samples),
})

export const neighbourFailures = observed({
  name: 'modeltap_neighbour_failures_total',
  type: 'counter',
  unit: 'events',
  labels: ['reason'],
  help: "Failed fetches of the model server's metrics, by reason.",
  absence: `${WHEN_ABSENT} Every reason starts at 0.`,
  collect: ({ self: { neighbour } }, emit) => {
    for (const [reason, count] of Object.entries(neighbour?.failures ?? {})) emit(count, reason)
  },
})

export const neighbourDropped = observed({
  name: 'modeltap_neighbour_dropped_samples_total',
  type: 'counter',
  unit: 'series',
  labels: ['reason'],
  help: 'Samples of the model server that modeltap dropped, by reason.',
  absence: `${WHEN_ABSENT} Every reason starts at 0.`,
  collect: ({ self: { neighbour } }, emit) => {
    for (const [reason, count] of Object.entries(neighbour?.droppedSamples ?? {})) emit(count, reason)
  },
})

export const neighbourMetrics = {
  neighbourUp,
  neighbourDuration,
  neighbourSamples,
  neighbourFailures,
  neighbourDropped,
} as const
