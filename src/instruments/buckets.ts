/** Bounds of the histograms: inclusive upper bounds, ascending; +Inf is not listed. */

/** OpenTelemetry's advice for HTTP durations, seconds. */
export const DURATION_BOUNDS_SECONDS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]

/** Powers of four from 256 B to 64 MiB: from a tabular row to an image batch in ten buckets. */
export const SIZE_BOUNDS_BYTES: readonly number[] = [
  256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
]

/** Configured bounds in seconds: metrics.latencyBounds and the latency objective. */
export function configuredBounds({
  metrics,
  objectives,
}: {
  readonly metrics: { readonly latencyBounds: readonly number[] }
  readonly objectives: { readonly latency?: number | undefined }
}): number[] {
  const { latency } = objectives
  const all = latency === undefined ? metrics.latencyBounds : [...metrics.latencyBounds, latency]
  return all.map((milliseconds) => milliseconds / 1000)
}

/** The built-in and the configured latency bounds, ascending and without duplicates. */
export function latencyBounds(additionalSeconds: readonly number[]): number[] {
  return [...new Set([...DURATION_BOUNDS_SECONDS, ...additionalSeconds])].sort((a, b) => a - b)
}
