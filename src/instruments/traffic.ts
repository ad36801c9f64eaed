/** Requests: count, latency, size. Recorded at the end of an exchange (request-recorder.ts). */
import { observed, recorded } from './metric.ts'

const requestDuration = recorded({
  name: 'modeltap_request_duration_seconds',
  type: 'histogram',
  unit: 'seconds',
  labels: ['model', 'version', 'operation', 'outcome'],
  help: 'Time from the first byte of a request to the last byte of its response, in seconds.',
  absence: 'Absent until a request of this operation and outcome has ended.',
})

const timeToFirstByte = recorded({
  name: 'modeltap_time_to_first_byte_seconds',
  type: 'histogram',
  unit: 'seconds',
  labels: ['model', 'version', 'operation'],
  help: 'Time from the first byte of a request to the first byte of its response, in seconds.',
  absence: 'Absent until the first response; requests without a response do not count.',
})

const requestSize = recorded({
  name: 'modeltap_request_size_bytes',
  type: 'histogram',
  unit: 'bytes',
  labels: ['model', 'version', 'operation'],
  help: 'Size of request bodies as sent, compressed or not, in bytes.',
  absence: 'Absent until a request of this operation has ended.',
})

const responseSize = recorded({
  name: 'modeltap_response_size_bytes',
  type: 'histogram',
  unit: 'bytes',
  labels: ['model', 'version', 'operation'],
  help: 'Size of response bodies as sent, compressed or not, in bytes.',
  absence: 'Absent until the first response; requests without a response do not count.',
})

const requests = recorded({
  name: 'modeltap_requests_total',
  type: 'counter',
  unit: 'requests',
  labels: ['model', 'version', 'operation', 'protocol', 'code', 'outcome'],
  help: 'Finished requests, by outcome; code is the HTTP status, the gRPC status for gRPC, or none.',
  absence:
    'The usual codes of predictions start at 0; any other label set is absent until its first request.',
})

const requestsInFlight = observed({
  name: 'modeltap_requests_in_flight',
  type: 'gauge',
  unit: 'requests',
  labels: ['model'],
  help: 'Requests without a complete response.',
  absence: 'Absent for a model that has not been called since the start.',
  collect: ({ self }, emit) => {
    for (const { model, requests: count } of self.inFlight) emit(count, model)
  },
})

const predictions = observed({
  name: 'modeltap_predictions_total',
  type: 'counter',
  unit: 'rows',
  labels: ['model', 'version'],
  help: 'Predicted rows, decoded from successful responses.',
  absence: 'Absent until the first decoded prediction of this model.',
  collect: ({ snapshot }, emit) => {
    for (const { model, version, predictionRows } of snapshot.models) emit(predictionRows, model, version)
  },
})

/** In the order of the exposition. */
export const trafficMetrics = {
  requestDuration,
  timeToFirstByte,
  requestSize,
  responseSize,
  requests,
  requestsInFlight,
  predictions,
} as const
