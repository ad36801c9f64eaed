/** Units of latencies in logs, in milliseconds. */
export const LATENCY_UNIT_MS = { s: 1e3, ms: 1, us: 1e-3, ns: 1e-6 } as const
export type LatencyUnit = keyof typeof LATENCY_UNIT_MS
